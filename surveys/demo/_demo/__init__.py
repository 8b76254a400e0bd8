"""The parts of the demo study's generator, one module per kind of record."""
