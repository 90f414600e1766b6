"""Refinement of the crop in which a network sees a hand or a face."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from motion_transfer.pose.detection.crops import Crop
from motion_transfer.types import FloatArray

SURE = 0.8  # a part found with this score needs no further crop; a hand whose wrist the body hides must reach it


class Part(NamedTuple):
    """A hand or a face."""

    xy: FloatArray  # (N, 2) pixels of the frame
    score: float  # how sure its network is, in [0, 1]


class PartResult(NamedTuple):
    """What refinement found."""

    part: Part | None  # with the highest score of those that fit
    best_score: float | None  # of all, whether they fitted or not; None if the network did not run


class Guess(NamedTuple):
    """A crop that may show a part."""

    crop: Crop
    least_runs: int  # before a sure part is accepted: 2 for a rough crop, whose result gives a better crop
    enough: float = SURE  # the score from which on a part is sure
    fallback: bool = False  # only if nothing was found in the crops before


def refine(
    run: Callable[[Crop], Part],
    guesses: Sequence[Guess],
    crop_from: Callable[[FloatArray], Crop],
    fits: Callable[[Part], bool],
    *,
    hopeless: float,
) -> PartResult:
    """Run a network on crops until the part is surely found, at most twice for each guess.

    Args:
        run: runs the network on a crop.
        guesses: the crops, the most likely first.
        crop_from: the better crop, from what was found.
        fits: whether what was found can be the part at all.
        hopeless: a score below which the better crop is not used.
    """
    best, best_score = None, None
    for crop, least_runs, enough, fallback in guesses:
        if fallback and best is not None:
            break
        for runs in (1, 2):
            part = run(crop)
            best_score = max(best_score or 0.0, part.score)
            if fits(part) and (best is None or part.score > best.score):
                best = part
            if best is not None and best.score >= enough and runs >= least_runs:
                return PartResult(best, best_score)
            if part.score < hopeless:
                break
            crop = crop_from(part.xy)
    return PartResult(best, best_score)
