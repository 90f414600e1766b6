"""Benchmarks: what the figures in the documents come from. `python -m benchmarks --list` names them all."""
