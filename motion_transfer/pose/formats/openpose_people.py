"""Whose poses the people in a folder of OpenPose JSON are: by their identities, or followed over the frames."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.limits import POSE_FRAMES
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.pose.tracking.people import sequence_of, track_people
from motion_transfer.types import Size

People = Sequence[tuple[int, Detection]]  # the people of one frame with their `person_id`, -1 where unknown


def join_people(
    frames: Sequence[People], size: Size, fps: Fraction, depths: Sequence[object] = (), origin: str = ""
) -> list[PoseSequence]:
    """One sequence of T frames a person, the largest first, measured over the clip.

    They are those who have an identity, where all people have one; else one person, if there is never more than one in
    a frame; else those whom `track_people` follows. `depths` says for each identity from 1 on whether depth belongs to
    it although it may be nowhere known; `origin` is the file that they come from.
    """
    try:
        return [replace(poses, origin=origin) for poses in _join(frames, size, fps, depths)]
    except PoseError as error:
        raise PoseError(f"{origin}: {error}") from None


def _join(frames: Sequence[People], size: Size, fps: Fraction, depths: Sequence[object]) -> list[PoseSequence]:
    identities = sorted({identity for frame in frames for identity, _ in frame})
    unique = all(len({identity for identity, _ in frame}) == len(frame) for frame in frames)
    if identities and identities[0] >= 0 and unique:
        numbers = sorted({*identities, *range(1, len(depths) + 1)})
        if len(numbers) * len(frames) > POSE_FRAMES:
            raise PoseError(
                f"{len(numbers):,} people are identified in {len(frames):,} frames, more than {POSE_FRAMES:,} "
                "together. Leave out `person_id`, so that they are followed."
            )
        named = [_sequence(frames, number, size, fps, depths[number - 1 : number]) for number in numbers]
        return sorted(named, key=_presence, reverse=True)
    if all(len(frame) <= 1 for frame in frames):
        return [_sequence(frames, None, size, fps, depths)]
    visible = [[found for _, found in frame if _can_be_followed(found)] for frame in frames]
    people = track_people(visible, size=size, fps=fps)
    if not any(np.isfinite(found.depth).any() for frame in visible for found in frame):
        people = [PoseSequence(poses.xy, poses.score, size, fps) for poses in people]
    return people or [_sequence([()] * len(frames), None, size, fps, ())]


def _sequence(
    frames: Sequence[People], number: int | None, size: Size, fps: Fraction, depths: Sequence[object]
) -> PoseSequence:
    """The poses of one identity, or of whoever is there."""
    shown = (
        (row, found) for row, frame in enumerate(frames) for identity, found in frame if number in (None, identity)
    )
    return sequence_of(shown, len(frames), size, fps, with_depth=any(depths))


def _presence(poses: PoseSequence) -> float:
    """How much is seen of a person over the clip: the sum of the diagonals of their boxes."""
    left, top, right, bottom = poses.boxes().T
    return float(np.nansum(np.hypot(right - left, bottom - top)))


def _can_be_followed(found: Detection) -> bool:
    """Whether trunk or legs are known, without which people cannot be distinguished."""
    body = found.score[OPENPOSE_137.body]
    return bool((body[[0, 1, 2, 5, *range(8, 15)]] > 0).any())
