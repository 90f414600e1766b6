"""Tracking: from detections to people over a clip."""
