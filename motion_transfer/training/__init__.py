"""Training: the loop, its stages and its state, resumption, several processes."""
