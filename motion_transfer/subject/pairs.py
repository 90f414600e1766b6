"""Training samples: two consecutive frames with their pose images."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from motion_transfer.config import DrawSettings
from motion_transfer.pose import draw_pose
from motion_transfer.subject.footage import Footage


class Pair(NamedTuple):
    """Consecutive instants t and t + 1; each tensor is uint8 RGB, (3, H, W) or with a batch in front."""

    pose_now: Tensor
    pose_next: Tensor
    frame_now: Tensor
    frame_next: Tensor


class FramePairs(Dataset[Pair]):
    """The pairs (x_t, x_t+1, y_t, y_t+1) of a stretch of footage in which the person is seen in both frames.

    Frames are read and poses drawn when a pair is asked for; nothing is held in memory.
    """

    def __init__(self, footage: Footage, draw: DrawSettings, *, frames: range) -> None:
        present = footage.poses.present
        self.footage = footage
        self.draw = draw
        self.starts = [t for t in frames if t + 1 in frames and present[t] and present[t + 1]]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> Pair:
        now = self.starts[index]
        images = [self._pose_image(now), self._pose_image(now + 1)]
        images += [self.footage.frame(now), self.footage.frame(now + 1)]
        return Pair(*(torch.from_numpy(image).permute(2, 0, 1) for image in images))

    def _pose_image(self, t: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        poses = self.footage.poses
        return draw_pose(poses.xy[t], poses.score[t], self.footage.canvas, self.draw, frame_size=poses.size)


def split_footage(frames: int, held_out: float) -> tuple[range, range]:
    """Frames to train on, and those at the end that are held out (the last `held_out` share)."""
    boundary = frames - round(frames * held_out)
    return range(boundary), range(boundary, frames)
