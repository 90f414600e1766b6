"""Helpers for tests of training: options, settings, the checkpoint and the folder of a run."""

from dataclasses import replace

import torch

from motion_transfer.config.options import TrainOptions

FORCED = TrainOptions(device="cpu", force=True)
"""On the CPU, without the footage check."""


def with_train(pipeline, **changes):
    return replace(pipeline, train=replace(pipeline.train, **changes))


def checkpoint(folder):
    return torch.load(folder / "training" / "checkpoint.pt", weights_only=True)


def same(one, other):
    """Whether two checkpoints hold the same weights and optimiser states, bit for bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one if key != "seconds")
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
