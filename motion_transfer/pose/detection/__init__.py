"""Detection: from one frame to the people in it."""
