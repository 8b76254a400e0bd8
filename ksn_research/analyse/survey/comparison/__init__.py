"""Comparisons: two groups, levels of a column, adjusted, two overlapping years, families of tests."""
