"""Selection of one of the people in a clip."""

from collections.abc import Sequence

import numpy as np

from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137

LARGEST, CENTRE, LEFT, RIGHT = WORDS = ("largest", "centre", "left", "right")
ALL = "all"

HINT = "`motion-transfer pose VIDEO` with `person` all and a `preview` shows their numbers."


def check_person(which: str, *, all_too: bool = False) -> str:
    """A valid choice, as given: "largest", "centre", "left", "right" or a number from 1; with `all_too` also "all"."""
    words = (*WORDS, ALL) if all_too else WORDS
    if which in words or (which.isascii() and which.isdigit() and len(which) < 9 and int(which) > 0):
        return which
    hint = " Only `motion-transfer pose` takes all." if which == ALL else ""
    raise ConfigError(f"`person` is {which[:40]!r}; expected {', '.join(words)}, or a number from 1.{hint}")


def choose_person(people: Sequence[PoseSequence], which: str = LARGEST, *, name: str = "the clip") -> PoseSequence:
    """One of several people, for the entire clip.

    Args:
        people: in the order of their numbers, see `track_people`.
        which: a number from 1; "largest" is number 1; "centre", "left" and "right" go by where people usually
            are in the picture, the median over the clip.
        name: what to call the clip in an error.

    Raises:
        ConfigError: `which` is no choice.
        PoseError: there is no person, or fewer than `which`.
    """
    check_person(which)
    if not people:
        raise PoseError(f"no person found in {name}, so none can be chosen.")
    if which.isdigit():
        if int(which) > len(people):
            there = "only person 1 is" if len(people) == 1 else f"people 1 to {len(people)} are"
            raise PoseError(f"there is no person {which} in {name}; {there}. {HINT}")
        return people[int(which) - 1]
    if which == LARGEST:
        return people[0]
    middles = np.array([_middle(one) for one in people])
    width = people[0].size[0]
    distances = {CENTRE: np.abs(middles - width / 2), LEFT: middles, RIGHT: -middles}
    return people[int(np.nan_to_num(distances[which], nan=np.inf).argmin())]


def _middle(poses: PoseSequence) -> float:
    """The usual x of a person's body, or of hands and face if the body is never found; NaN without either."""
    x = poses.xy[..., 0]
    if np.isfinite(x[:, OPENPOSE_137.body]).any():
        x = x[:, OPENPOSE_137.body]
    x = x[np.isfinite(x).any(axis=1)]
    return float(np.median(np.nanmean(x, axis=1))) if len(x) else np.nan
