"""A drawn world small enough to train on in seconds: a cartoon figure in a room, with its exact poses."""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.pose import OPENPOSE_137, PoseSequence, save_poses
from motion_transfer.video import VideoWriter

Frame = np.ndarray


class Clip(NamedTuple):
    """A video, the poses that are drawn in it, also as a file, and the room without the person."""

    video: Path
    poses: PoseSequence
    pose_file: Path
    room: Frame


# Places in units of the height from nose to ankles; the ankles' middle is the origin, y points down.
_UPRIGHT = {
    "nose": (0, -1),
    "neck": (0, -0.86),
    "right_shoulder": (-0.11, -0.86),
    "left_shoulder": (0.11, -0.86),
    "mid_hip": (0, -0.52),
    "right_hip": (-0.06, -0.52),
    "right_knee": (-0.06, -0.26),
    "right_ankle": (-0.06, 0),
    "left_hip": (0.06, -0.52),
    "left_knee": (0.06, -0.26),
    "left_ankle": (0.06, 0),
    "right_eye": (-0.02, -1.02),
    "left_eye": (0.02, -1.02),
    "left_big_toe": (0.08, 0.03),
    "right_big_toe": (-0.08, 0.03),
}


def dancing(frames: int, size: tuple[int, int], fps: Fraction, *, height: float, speed: float = 1.0) -> PoseSequence:
    """Poses of a figure that sways and waves its arms."""
    xy = np.full((frames, len(OPENPOSE_137), 2), np.nan, np.float32)
    for t in range(frames):
        places = dict(_UPRIGHT)
        for side, sign in (("right", -1), ("left", 1)):
            shoulder, angle = _UPRIGHT[f"{side}_shoulder"], 0.9 * np.sin(speed * t / 2 + sign)
            for joint, reach in (("elbow", 0.19), ("wrist", 0.36)):
                x = shoulder[0] + sign * reach * np.cos(angle)
                places[f"{side}_{joint}"] = (x, shoulder[1] + reach * np.sin(angle))
        feet = np.array([size[0] * (0.5 + 0.15 * np.sin(speed * t / 4)), 0.92 * size[1]])
        for joint, place in places.items():
            xy[t, OPENPOSE_137.index(joint)] = feet + height * np.array(place)
    return PoseSequence(xy, np.where(np.isnan(xy).any(axis=2), 0, 0.9).astype(np.float32), size, fps)


def room_of(size: tuple[int, int], seed: int) -> Frame:
    """A still room: a gradient wall with coarse tiles."""
    width, height = size
    rng = np.random.default_rng(seed)
    tiles = rng.integers(-20, 20, (height // 16 + 1, width // 16 + 1, 3)).repeat(16, 0).repeat(16, 1)[:height, :width]
    wall = np.linspace(90, 170, height)[:, None, None] + tiles
    return np.broadcast_to(wall, (height, width, 3)).round().astype(np.uint8).copy()


def draw_figure(room: Frame, xy: Frame, colour: tuple[int, int, int]) -> Frame:
    """The room with a cartoon figure in it; only the room where nobody is."""
    frame = room.copy()
    thick = max(2, room.shape[0] // 20)
    for start, end in OPENPOSE_137.body_bones:
        if not np.isnan(xy[[start, end]]).any():
            ends = [tuple(int(v) for v in xy[joint].round()) for joint in (start, end)]
            cv2.line(frame, *ends, colour, thick)
    if not np.isnan(xy[0]).any():
        cv2.circle(frame, tuple(int(v) for v in xy[0].round()), thick, (230, 180, 150), -1)
    return frame


def film(path: Path, poses: PoseSequence, seed: int, colour: tuple[int, int, int]) -> Clip:
    room = room_of(poses.size, seed)
    with VideoWriter(path, size=poses.size, fps=poses.fps) as video:
        for xy in poses.xy:
            video.write(draw_figure(room, xy, colour))
    pose_file = path.with_suffix(".npz")
    save_poses(pose_file, poses)
    return Clip(path, poses, pose_file, room)
