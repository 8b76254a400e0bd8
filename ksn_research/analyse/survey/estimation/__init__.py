"""Estimates from a sample with a design: weights, strata, clusters, domains, and intervals of shares."""
