"""Normalisation: poses of one body moved to the place and size of another."""
