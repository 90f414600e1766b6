"""Pose files."""
