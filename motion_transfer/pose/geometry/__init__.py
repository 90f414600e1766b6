"""Geometry of a body in the frame: boxes, segments, orientation, viewports."""
