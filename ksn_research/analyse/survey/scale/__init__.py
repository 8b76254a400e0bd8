"""Scales as instruments: scores, reliability, items, agreement in circles, the same scale in two years."""
