"""Exemplars: cut-out frames of a person, and their parts warped into any pose."""
