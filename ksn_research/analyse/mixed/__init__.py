"""Sources of different kinds beside each other, for the same groups (mixed methods)."""
