"""Learning-circle and survey research, from a year's raw exports to a published index section."""

__version__ = "0.1.0"
