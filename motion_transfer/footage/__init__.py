"""Footage of the target person: preprocessing, canvas, background plate."""
