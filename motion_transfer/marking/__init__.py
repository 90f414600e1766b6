"""Marks of generated results: Content Credentials, sidecars, tags, labels, and the consent of who is shown."""
