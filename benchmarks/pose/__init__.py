"""Benchmarks of the stages that turn video into poses, mostly on rendered dancers, whose true joints are known."""
