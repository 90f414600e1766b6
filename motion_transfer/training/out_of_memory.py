"""Out of memory: the amount requested, the settings that lower it, and the batch that fits."""

import re
from collections.abc import Callable
from pathlib import Path

import torch

from motion_transfer.config import Pipeline
from motion_transfer.errors import TrainingError

LARGEST_BATCH = 64
"""The first batch that is tried where the one that fits is wanted."""


def allocation_failure(error: BaseException) -> str | None:
    """The amount of memory that could not be allocated, with its unit; None if the error is another one."""
    if isinstance(error, torch.OutOfMemoryError):
        asked = re.search(r"Tried to allocate ([\d.]+ \w+)", str(error))
        return asked[1] if asked else "more than there is"
    asked = re.search(r"you tried to allocate (\d+) bytes", str(error))
    return f"{int(asked[1]) / 2**30:.2f} GiB" if isinstance(error, RuntimeError) and asked else None


def out_of_memory(asked: str, pipeline: Pipeline, batch: int, step: int, folder: Path) -> TrainingError:
    """The error: the amount requested, the step, and the settings that lower it."""
    train, model = pipeline.train, pipeline.model
    remedies = []
    if batch > 1:
        remedies.append(f"`train.batch` below {batch} (with `train.accumulate` for the same step)")
    if not train.recompute:
        remedies.append("`train.recompute`")
    if train.precision == "fp32":
        remedies.append('a `train.precision` of "bf16"')
    if train.unroll > 2:
        remedies.append(f"`train.unroll` below {train.unroll}")
    remedies.append(f"`model.size` below {model.size} or `model.width` below {model.width}, in a new `out`")
    return TrainingError(
        f"out of memory at step {step}: {asked} more was requested than there is. "
        f"What lowers it: {', '.join(remedies)}. The last checkpoint is kept in {folder}."
    )


def fit_batch(step: Callable[[int], object], most: int = LARGEST_BATCH) -> int:
    """The largest batch, halved from `most` on, with which a step finds the memory it needs.

    Raises:
        TrainingError: not even one sample fits.
    """
    batch = most
    while True:
        try:
            step(batch)
            return batch
        except RuntimeError as error:
            asked = allocation_failure(error)
            if asked is None:
                raise
            if batch == 1:
                raise TrainingError(
                    f"not even one sample fits into memory: {asked} more was requested. Lower `model.size`, "
                    "`model.width` or `train.unroll`, or set `train.recompute`."
                ) from error
        torch.cuda.empty_cache()
        batch //= 2
