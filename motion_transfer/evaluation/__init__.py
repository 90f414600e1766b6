"""Evaluation: metrics of a result beside the truth and baselines."""
