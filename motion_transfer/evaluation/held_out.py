"""Which frames of some footage a subject was not trained on, and whether that is certain."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.errors import EvaluationError
from motion_transfer.evaluation.clips import ClipView
from motion_transfer.footage.preprocess import Footage, split_footage
from motion_transfer.pose_cache import fingerprint
from motion_transfer.subject import Subject
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader

LEAST_HELD_OUT = 2  # frames; flicker and warping error are of a frame and the one before
FEW_SECONDS = 1.0  # less than this means little, and a note says so
MOST_FRAMES = 500  # of a subject's footage that are measured: more changes the means little and takes long
SAME_MOMENT = 2.0  # grey levels by which thumbnails of one moment differ on average, however often it was encoded
THUMBNAIL = (48, 48)
SAMPLES = 12


def held_out(
    subject: Subject, preprocessed: Footage | None, footage: VideoReader, notes: list[str]
) -> tuple[range, range]:
    """The frames of `preprocessed`, if that is kept, that were trained on, and the frames of `footage` to measure.

    What limits the meaning of the metrics is appended to `notes`.

    Raises:
        EvaluationError: it is the very footage that was trained on, and too little of it was held out.
    """
    share, frames = subject.pipeline.train.held_out, len(footage)
    learned, _ = split_footage(len(preprocessed.poses), share) if preprocessed else (range(0), range(0))
    if subject.record.get("footage", {}).get("sha256") != fingerprint(footage.path):
        unseen = range(min(frames, MOST_FRAMES))
        if preprocessed is not None and resembles(preprocessed, learned, footage, unseen):
            notes.append(
                f"NOT HELD OUT: frames of {footage.path} are among those that the subject was trained on, so these "
                "metrics say how well it reproduces them. Give footage that it was not trained on."
            )
        return learned, unseen
    known, unseen = split_footage(frames, share)
    if not unseen:
        notes.append(
            f"NOT HELD OUT: the subject was trained on all of {footage.path} (`train.held_out` was 0), so these "
            "metrics say how well it reproduces them. Give footage that it was not trained on."
        )
        return known, range(min(frames, MOST_FRAMES))
    if len(unseen) < LEAST_HELD_OUT:
        needed = math.ceil(LEAST_HELD_OUT / share)
        raise EvaluationError(
            f"{footage.path} is what the subject was trained on, and {len(unseen)} of its {frames} frames was held "
            f"out; at least {LEAST_HELD_OUT} are needed. Train with footage of {needed} frames "
            f"({needed / float(footage.fps):.1f} s) or more, with a larger `train.held_out`, or give other footage of "
            "the person here."
        )
    if len(unseen) < FEW_SECONDS * footage.fps:
        needed = math.ceil(FEW_SECONDS / share)
        notes.append(
            f"only {len(unseen)} frames were held out, which says little: footage of {needed} s or more would give "
            f"{FEW_SECONDS:g} s"
        )
    return known, unseen[:MOST_FRAMES]


def resembles(preprocessed: Footage, learned: range, footage: VideoReader, frames: range) -> bool:
    """Whether most frames of some footage are among the preprocessed ones, be it encoded again or cut.

    Only movement tells: a person who stands as still as in the preprocessed footage is taken for the same moment.
    """
    sampled = np.unique(np.linspace(frames.start, frames.stop - 1, SAMPLES).round().astype(int))
    own = np.stack([_thumbnail(preprocessed.full_frame(index)) for index in learned])
    seen = [_thumbnail(frame) for frame in ClipView(footage, sampled.tolist())]
    return float(np.median([np.abs(own - each).mean(axis=(1, 2, 3)).min() for each in seen])) < SAME_MOMENT


def _thumbnail(frame: Frame) -> npt.NDArray[np.int16]:
    return cv2.resize(frame, THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.int16)
