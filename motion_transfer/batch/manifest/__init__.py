"""Manifests: the list of a batch's jobs, read and checked."""
