"""The same people at several times, and people in groups: mixed models and what they rest on."""
