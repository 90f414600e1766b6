"""Helpers for tests of training: options, settings, interruptions, weights, the checkpoint and the folder of a run."""

import os
import signal
from dataclasses import replace

import torch

from motion_transfer.config.options import TrainOptions
from motion_transfer.subject import build_generator
from motion_transfer.training.dataset import held_out_clips
from motion_transfer.training.run.validation_sheet import ValidationSheet

CPU = torch.device("cpu")

FORCED = TrainOptions(device="cpu", force=True)  # on the CPU, without the footage check


def with_train(pipeline, **changes):
    return replace(pipeline, train=replace(pipeline.train, **changes))


def drawing(pipeline, network="global", **changes):
    """The pipeline with a network that draws from the pose alone."""
    return replace(pipeline, model=replace(pipeline.model, network=network, exemplars=0, **changes))


def strong_generator(pipeline):
    """A generator whose output depends visibly on all that it is given."""
    random = torch.Generator().manual_seed(1)
    generator = build_generator(pipeline)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=random) * 0.2)
    return generator.eval()


def stop_at(count, number=signal.SIGINT):
    """A progress callback that sends this process a signal at its n-th call of training."""
    calls = []

    def progress(stage, done, total):
        if stage.startswith("training"):
            calls.append(done)
            if len(calls) == count:
                os.kill(os.getpid(), number)

    return progress


def with_poses(footage, **changes):
    return replace(footage, poses=replace(footage.poses, **changes))


def held_out_sheet(stage, footage, exemplars):
    return ValidationSheet(stage, held_out_clips(stage, footage, exemplars), CPU)


def weights(state):
    """Copies of all weights of a state, by their names."""
    parts = {name: getattr(state, name).state_dict() for name in ("generator", "discriminator", "average")}
    return {f"{part}.{name}": tensor.clone() for part, tensors in parts.items() for name, tensor in tensors.items()}


def read_checkpoint(folder):
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def checkpoint(folder):
    return read_checkpoint(folder / "training")


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
