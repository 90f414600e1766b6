"""What a stage learns from, in the order in which it comes."""

import torch
from torch.utils.data import DataLoader

from motion_transfer.config import Pipeline
from motion_transfer.errors import TrainingError
from motion_transfer.exemplars import select_exemplars
from motion_transfer.footage import Footage, split_footage
from motion_transfer.training.dataset import ClipDataset, TrainingClip
from motion_transfer.training.distributed import processes, rank
from motion_transfer.training.sampler import BatchOrder, SampleOrder
from motion_transfer.training.stages import Stage
from motion_transfer.training.state import TrainingState


def samples_of(stage: Stage, footage: Footage, pipeline: Pipeline) -> ClipDataset:
    """What a stage learns from.

    Raises:
        TrainingError: the footage shows too little for the pipeline's unroll, or none of the parts.
    """
    known, _ = split_footage(len(footage.poses), pipeline.train.held_out)
    length = pipeline.train.unroll
    parts = tuple(box for boxes in stage.parts.values() for box in boxes)
    canvas = stage.canvas(footage)
    looks = select_exemplars(footage, pipeline)
    samples = ClipDataset(
        footage, pipeline.draw, frames=known, length=length, canvas=canvas, parts=parts, exemplars=looks
    )
    if len(samples):
        return samples
    if parts:
        raise TrainingError(
            f"no {' and no '.join(stage.parts)} can be seen in the footage, so there is nothing to learn for the face "
            "stage. Leave it out (model.face, model.hands and the bounds of train_face), or film from nearer."
        )
    number = {1: "no frame of the footage shows", 2: "no two consecutive frames of the footage show"}
    found = longest_clip(footage, known)
    raise TrainingError(
        f"{number.get(length, f'no {length} consecutive frames of the footage show')} a person, so there is nothing to "
        "learn from. "
        + (f"The longest clip has {found}: try --train.unroll {found}. " if found > 1 else "")
        + "Check it with `motion-transfer pose FOOTAGE`."
    )


def longest_clip(footage: Footage, frames: range) -> int:
    """How many frames in a row show the person at most."""
    longest = current = 0
    for t in frames:
        current = current + 1 if footage.poses.present[t] else 0
        longest = max(longest, current)
    return longest


def load(samples: ClipDataset, state: TrainingState, pipeline: Pipeline) -> "DataLoader[TrainingClip]":
    """Endless batches for this process, from where the state has come to."""
    settings = pipeline.train
    order = SampleOrder(len(samples), seed=settings.seed, start=state.samples)
    automatic = 0 if state.device.type == "cpu" else min(8, torch.get_num_threads())
    return DataLoader(
        samples,
        batch_sampler=BatchOrder(order, batch=state.batch, rank=rank(), processes=processes()),
        num_workers=automatic if settings.workers < 0 else settings.workers,
        pin_memory=state.device.type == "cuda",
        generator=torch.Generator(),  # else each resumption would draw from the run's own random numbers
    )
