"""Coded interviews: themes counted by interview, agreement between coders, care of the codebook."""
