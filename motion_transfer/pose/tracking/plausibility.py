"""Is it a person? MediaPipe sees one in a chair or a plant, in most frames, and with some confidence.

A threshold on its confidence loses dancers before it loses furniture. What tells them apart is whether a second look at
the same frame, mirrored or cropped, finds the same body (`mediapipe.second_look`), and whether the picture ever moves
there (`stillness`). Blurred or bent dancers are not always found again, and some hold a pose, so it is a whole stretch
of frames that is judged, not a frame.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from motion_transfer.pose.tracking.motion_score import MOVES
from motion_transfer.pose.tracking.similarity import body_distance
from motion_transfer.types import FloatArray, Mask

LEAST_CONFIRMED = 0.15
"""Share of the second looks at a person that find the same body again; at a thing hardly any does."""

PAUSE = Fraction(1, 2)
"""Seconds for which somebody may be lost within one stretch."""

STILL_FOR = Fraction(1)
"""Seconds; what does not move for so long, all the time it is seen, does not live."""

LEAP = 0.5
"""Lengths of a person that a body moves at most from one frame to the next one in which it is found."""


def plausible_frames(
    frames: Sequence[int],
    bodies: Sequence[FloatArray],
    confirmed: Sequence[bool | None],
    moved: Sequence[float | None],
    fps: Fraction,
) -> Mask:
    """Which frames of a track show a person.

    The track is cut into stretches where nobody was found for a while, or where the body leaps. A stretch shows a
    person if enough of the second looks at it agreed (one without is believed), and if the picture moves there at any
    time (of a shorter one than a second, as a clip of one frame, that is not asked). So who holds a pose in the midst
    of a dance is a person; a photograph, a poster or a frozen clip shows none.

    Args:
        frames: N numbers of frames, ascending.
        bodies: the joints of each, (J, 2) pixels.
        confirmed: whether the second look at each agreed; None where none was taken.
        moved: how much the picture changes where each is, in times the noise; None where it is not known.
        fps: of the clip.

    Returns:
        (N,)
    """
    kept = np.zeros(len(frames), bool)
    for first, stop in _stretches(frames, bodies, fps):
        looks = [sure for sure in confirmed[first:stop] if sure is not None]
        agreed = not looks or sum(looks) >= max(1, LEAST_CONFIRMED * len(looks))
        lasts = frames[stop - 1] - frames[first] + 1 >= STILL_FOR * fps
        changes = [change for change in moved[first:stop] if change is not None]
        still = lasts and bool(changes) and max(changes) < MOVES
        kept[first:stop] = agreed and not still
    return kept


def _stretches(frames: Sequence[int], bodies: Sequence[FloatArray], fps: Fraction) -> list[tuple[int, int]]:
    """First and one after the last place of each stretch."""
    cuts = [
        i
        for i in range(1, len(frames))
        if frames[i] - frames[i - 1] > PAUSE * fps + 1 or body_distance(bodies[i - 1], bodies[i]) > LEAP
    ]
    edges = [0, *cuts, len(frames)]
    return [(a, b) for a, b in pairwise(edges) if a < b]
