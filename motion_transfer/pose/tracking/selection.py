"""Which of the people in a clip is meant."""

from collections.abc import Sequence

import numpy as np

from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.pose.sequence import PoseSequence

LARGEST, CENTRE, LEFT, RIGHT = WORDS = ("largest", "centre", "left", "right")
ALL = "all"


def check_person(which: str, *, all_too: bool = False) -> str:
    """A choice as it was given, if it is one.

    Args:
        which: "largest", "centre", "left", "right" or a number from 1.
        all_too: whether "all" is one.

    Raises:
        ConfigError: it is none.
    """
    words = (*WORDS, ALL) if all_too else WORDS
    if which in words or (which.isascii() and which.isdigit() and int(which) > 0):
        return which
    hint = " Only `motion-transfer pose` takes all." if which == ALL else ""
    raise ConfigError(f"--person is {which!r}; expected {', '.join(words)}, or a number from 1.{hint}")


def choose_person(people: Sequence[PoseSequence], which: str = LARGEST, *, name: str = "the clip") -> PoseSequence:
    """The one of several people who is meant, for the whole clip.

    Args:
        people: in the order of their numbers, see `track_people`.
        which: a number from 1; "largest" is number 1; "centre", "left" and "right" go by where people usually
            are in the picture, the median over the clip.
        name: what to call the clip in an error.

    Raises:
        ConfigError: `which` is no choice.
        PoseError: nobody is there, or not so many people.
    """
    check_person(which)
    if not people:
        raise PoseError(f"no person found in {name}, so none can be chosen.")
    if which.isdigit():
        if int(which) > len(people):
            there = "only person 1 is" if len(people) == 1 else f"people 1 to {len(people)} are"
            raise PoseError(
                f"there is no person {which} in {name}; {there}. "
                "`motion-transfer pose VIDEO --person all --preview FILE` shows who has which number."
            )
        return people[int(which) - 1]
    if which == LARGEST:
        return people[0]
    middles = np.array([float(np.nanmedian(np.nanmean(one.xy[one.present, :25, 0], axis=1))) for one in people])
    width = people[0].size[0]
    return people[int({CENTRE: np.abs(middles - width / 2), LEFT: middles, RIGHT: -middles}[which].argmin())]
