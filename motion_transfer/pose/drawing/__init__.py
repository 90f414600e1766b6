"""Drawing poses as images."""
