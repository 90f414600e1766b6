"""Engines that run a batch's tasks: local processes, Ray."""
