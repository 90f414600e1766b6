"""The footage check: whether footage is worth training on."""
