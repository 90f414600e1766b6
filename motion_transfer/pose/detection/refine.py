"""Reading crops until a hand or a face is surely there."""

from collections.abc import Callable
from typing import NamedTuple

from motion_transfer.pose.detection.crops import Crop
from motion_transfer.types import FloatArray

SURE = 0.8
"""A part found as surely as this is not looked for again; a hand whose wrist the body hides must be as sure."""


class Part(NamedTuple):
    """A hand or a face: (N, 2) pixels of the frame, and how sure its network is in [0, 1]."""

    xy: FloatArray
    score: float


class Search(NamedTuple):
    """What came of looking for a part: the part, and the surest of all readings; None if there was none."""

    part: Part | None
    trace: float | None


class Try(NamedTuple):
    """A crop in which a part may be."""

    crop: Crop
    least: int
    """After so many readings a sure part will do; what a rough crop shows gives a better crop, to be read too."""
    enough: float = SURE
    """How sure."""
    last: bool = False
    """Only if nothing was found in the crops before."""


def best_reading(
    read: Callable[[Crop], Part],
    tries: list[Try],
    crop_from: Callable[[FloatArray], Crop],
    fits: Callable[[Part], bool],
    *,
    hopeless: float,
) -> Search:
    """Read crops until the part is surely there, each of them at most twice.

    Args:
        read: reads a crop.
        tries: the crops.
        crop_from: the better crop, from what was read.
        fits: whether what was read can be the part at all.
        hopeless: a score below which the better crop is not read.

    Returns:
        The surest of all readings that fit, and of all.
    """
    best, trace = None, None
    for crop, least, enough, last in tries:
        if last and best is not None:
            break
        for reading in (1, 2):
            part = read(crop)
            trace = max(trace or 0.0, part.score)
            if fits(part) and (best is None or part.score > best.score):
                best = part
            if best is not None and best.score >= enough and reading >= least:
                return Search(best, trace)
            if part.score < hopeless:
                break
            crop = crop_from(part.xy)
    return Search(best, trace)
