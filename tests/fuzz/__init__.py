"""Fuzzing of everything that reads a file somebody else wrote; `test_fuzz_readers` tells how it is run."""
