"""Frames of the paired benchmark's videos, and the sheet on which they stand side by side."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.files import atomic_path
from motion_transfer.pose import PoseSequence, draw_pose
from motion_transfer.subject import Subject
from motion_transfer.video import VideoReader

Frame = npt.NDArray[np.uint8]


def frames_of(video: Path) -> Iterator[Frame]:
    """All frames of a video."""
    with VideoReader(video) as reader:
        yield from reader


def frames_at(video: Path, indices: list[int]) -> Iterator[Frame]:
    """Frames of a video in any order; those that are wanted are kept compressed."""
    wanted = set(indices)
    kept = {i: cv2.imencode(".png", frame)[1] for i, frame in enumerate(frames_of(video)) if i in wanted}
    for index in indices:
        yield cv2.imdecode(kept[index], cv2.IMREAD_COLOR).astype(np.uint8, copy=False)


def draw_sheet(
    path: Path, dance: Path, result: Path, oracle: Path, truth: Path, poses: PoseSequence, subject: Subject
) -> None:
    """Dance | normalised pose | result | oracle | truth at six times, one below the other."""
    shown = np.linspace(0, len(poses) - 1, 8).round().astype(int).tolist()[1:-1]
    height = subject.size[1]
    draw = subject.pipeline.draw
    drawn = [draw_pose(poses.xy[i], poses.score[i], subject.size, draw, frame_size=poses.size) for i in shown]
    columns = [list(frames_at(dance, shown)), drawn, *(list(frames_at(v, shown)) for v in (result, oracle, truth))]
    columns[0] = [cv2.resize(f, (round(f.shape[1] * height / f.shape[0]), height)).astype(np.uint8) for f in columns[0]]
    sheet = np.hstack([np.vstack(column) for column in columns])
    with atomic_path(path) as temporary:
        cv2.imwrite(str(temporary), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
