"""Errors of a training step that have a remedy, and the batch that fits into the memory."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from motion_transfer.errors import TrainingError
from motion_transfer.training.state import TrainingState

COMPILER = ("torch._dynamo", "torch._inductor", "triton")  # packages whose errors are those of `torch.compile`
LARGEST_BATCH = 64  # the first batch that is tried where the one that fits is wanted


@contextmanager
def readable_errors(state: TrainingState, folder: Path) -> Iterator[None]:
    """Raise what is known to go wrong in a step as an error that says what to do; all else as it is.

    Raises:
        TrainingError: not enough memory; networks that cannot be compiled; a number that is not finite.
    """
    try:
        yield
    except FloatingPointError as error:
        raise TrainingError(
            f"{error} at step {state.step}. The last good checkpoint is kept in {folder}: try a "
            '`train.precision` of "fp32" from there, or a lower `train.learning_rate` in a new `out`.'
        ) from error
    except RuntimeError as error:
        if type(error).__module__.startswith(COMPILER):
            reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise TrainingError(
                f"train.compile is true, but the networks cannot be compiled here ({reason}). "
                "Install what torch.compile needs, a C++ compiler and on a GPU Triton, or omit the setting: it changes "
                "nothing but the speed."
            ) from error
        if asked := allocation_failure(error):
            raise TrainingError(
                f"out of memory at step {state.step}: {asked} more was requested than there is. "
                f"What lowers it: {', '.join(_remedies(state))}. The last checkpoint is kept in {folder}."
            ) from error
        raise


def allocation_failure(error: RuntimeError) -> str | None:
    """The amount of memory that could not be allocated, with its unit; None if the error is another one."""
    if isinstance(error, torch.OutOfMemoryError):
        asked = re.search(r"Tried to allocate ([\d.]+ \w+)", str(error))
        return asked[1] if asked else "more than there is"
    asked = re.search(r"you tried to allocate (\d+) bytes", str(error))
    return f"{int(asked[1]) / 2**30:.2f} GiB" if asked else None


def fit_batch(step: Callable[[int], object], most: int = LARGEST_BATCH) -> int:
    """The largest batch, halved from `most` on, with which a step finds the memory it needs.

    Raises:
        TrainingError: not even one sample fits.
    """
    try:
        step(most)
        return most
    except RuntimeError as error:
        asked = allocation_failure(error)
        if asked is None:
            raise
        if most == 1:
            raise TrainingError(
                f"not even one sample fits into memory: {asked} more was requested. Lower `model.size`, "
                "`model.width` or `train.unroll`, or set `train.recompute`."
            ) from error
    torch.cuda.empty_cache()
    return fit_batch(step, most // 2)


def _remedies(state: TrainingState) -> Iterator[str]:
    """The settings that lower the memory a step needs."""
    train, model = state.stage.pipeline.train, state.stage.pipeline.model
    if state.batch > 1:
        yield f"`train.batch` below {state.batch} (with `train.accumulate` for the same step)"
    if not train.recompute:
        yield "`train.recompute`"
    if train.precision == "fp32":
        yield 'a `train.precision` of "bf16"'
    if train.unroll > 2:
        yield f"`train.unroll` below {train.unroll}"
    yield f"`model.size` below {model.size} or `model.width` below {model.width}, in a new `out`"
