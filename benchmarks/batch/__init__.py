"""Benchmarks of batches; `kills` and `memory` measure batches too."""
