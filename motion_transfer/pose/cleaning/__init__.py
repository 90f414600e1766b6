"""Cleaning: outliers, gaps and jitter of a pose track."""
