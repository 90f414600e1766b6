"""Is it a person? MediaPipe sees one in a chair or a plant, in most frames, and with some confidence.

A threshold on its confidence loses dancers before it loses furniture. The difference is whether a verification on other
pictures of the same frame finds the same body (`DetectionVerifier`), and whether the picture ever moves there
(`motion_score`). Blurred or bent dancers are not always found again, and some hold a pose, so a decision is made for a
segment of frames, not for a frame.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from motion_transfer.pose.detection.detection import body_distance
from motion_transfer.pose.tracking.motion_score import MOVES
from motion_transfer.pose.tracking.tracklets import Track
from motion_transfer.types import Mask

LEAST_VERIFIED = 0.15  # share of the verifications of a person that agree; of a thing hardly any does
PAUSE = Fraction(1, 2)  # seconds for which a person may be lost within one segment
STILL_FOR = Fraction(1)  # seconds; what does not move for so long, all the time it is seen, is a thing
LEAP = 0.5  # lengths of a person that a body moves at most from one frame to the next one in which it is found


def plausible_frames(track: Track, fps: Fraction) -> Mask:
    """Which of the N frames of a track show a person, (N,).

    The track is cut into segments where the person was lost for a while, or where the body leaps. A segment shows a
    person if enough of its verifications agreed (one without any is accepted), and if the picture moves there at any
    time (not required of one shorter than a second, as a clip of one frame). So a person who holds a pose during a
    dance is kept; a photograph, a poster or a frozen clip is not.
    """
    kept = np.zeros(len(track.frames), bool)
    for first, stop in _segments(track, fps):
        people = track.people[first:stop]
        verified = [one.verified for one in people if one.verified is not None]
        agreed = not verified or sum(verified) >= max(1, LEAST_VERIFIED * len(verified))
        lasts = track.frames[stop - 1] - track.frames[first] + 1 >= STILL_FOR * fps
        scores = [one.motion_score for one in people if one.motion_score is not None]
        still = lasts and bool(scores) and max(scores) < MOVES
        kept[first:stop] = agreed and not still
    return kept


def _segments(track: Track, fps: Fraction) -> list[tuple[int, int]]:
    """Where each segment begins in the track, and where it ends (exclusive)."""
    cuts = [
        i
        for i, (frames, people) in enumerate(zip(pairwise(track.frames), pairwise(track.people), strict=True), start=1)
        if frames[1] - frames[0] > PAUSE * fps + 1 or body_distance(people[0].body, people[1].body) > LEAP
    ]
    return list(pairwise([0, *cuts, len(track.frames)])) if track.frames else []
