"""The base weights: what decides among candidates, learned once on many rendered people, and how to repeat it."""
