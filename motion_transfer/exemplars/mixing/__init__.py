"""Exemplars mixed of two people: which pixels are a head, which colours are whose, and the head of one on the other."""
