"""Workflows: the stages called in a row."""
