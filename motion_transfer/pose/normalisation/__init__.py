"""Normalisation: poses of one body at the place, size and proportions of another."""
