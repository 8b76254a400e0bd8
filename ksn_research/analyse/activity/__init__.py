"""Activity on digital platforms: who takes part, how often and how evenly, how long, and who answers whom."""
