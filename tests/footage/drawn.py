"""A plain drawn person, of whom every test can say where they are and what they do."""

from fractions import Fraction

import cv2
import numpy as np

from motion_transfer.pose import OPENPOSE_137, PoseSequence

# Right of the middle (the person's left) and down, in heights from nose to ankles; the feet are the origin.
_PLACES = {
    "nose": (0, -1),
    "neck": (0, -0.86),
    "mid_hip": (0, -0.52),
    "left_ear": (0.04, -1.01),
    "left_eye": (0.02, -1.02),
    "left_shoulder": (0.11, -0.86),
    "left_hip": (0.06, -0.52),
    "left_knee": (0.06, -0.26),
    "left_ankle": (0.06, 0),
}
ARM = 0.34


def drawn_person(
    frames: int,
    size: tuple[int, int],
    fps: Fraction,
    *,
    height: float,
    facing: object = 0.0,
    arms: object = 0.0,
    x: object = 0.0,
    floor: float = 0.92,
) -> PoseSequence:
    """Poses of somebody who turns and lifts both arms.

    Args:
        frames: T.
        size: of the frames.
        fps: of the clip.
        height: nose to ankles, in pixels.
        facing: degrees, a number or (T,).
        arms: degrees from hanging down, a number, (T,), or (T, 2) of the right and the left one.
        x: pixels right of the frame's middle, a number or (T,).
        floor: where the feet are, as a share of the frame's height.
    """
    facing, x = (np.broadcast_to(np.asarray(value, float), frames) for value in (facing, x))
    arms = np.asarray(arms, float)
    arms = np.radians(np.broadcast_to(arms if arms.ndim == 2 else arms[..., None], (frames, 2)))
    xy = np.full((frames, len(OPENPOSE_137), 2), np.nan, np.float32)
    for t in range(frames):
        across, along = np.cos(np.radians(facing[t])), -np.sin(np.radians(facing[t]))
        places = dict(_PLACES)
        for joint, (right, down) in [*places.items(), ("left_elbow", (0, 0)), ("left_wrist", (0, 0))]:
            for name, sign in ((joint, 1), (joint.replace("left", "right"), -1)):
                if share := {"left_elbow": 0.5, "left_wrist": 1.0}.get(joint):
                    arm = arms[t, int(sign > 0)]
                    right, down = 0.11 + share * ARM * np.sin(arm), -0.86 + share * ARM * np.cos(arm)
                ahead = 0.07 * along if joint == "nose" else 0.0
                at = sign * right * across + ahead, down
                xy[t, OPENPOSE_137.index(name)] = np.array([size[0] / 2 + x[t], floor * size[1]]) + height * np.array(
                    at
                )
    return PoseSequence(xy, np.where(np.isnan(xy).any(axis=2), 0, 0.9).astype(np.float32), size, fps)


def draw_person(room: np.ndarray, xy: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """The room, (H, W, 3) RGB, with the person in it."""
    frame = room.copy()
    thick = max(3, room.shape[0] // 20)
    for start, end in OPENPOSE_137.body_bones:
        if not np.isnan(xy[[start, end]]).any():
            ends = [tuple(int(v) for v in xy[joint].round()) for joint in (start, end)]
            cv2.line(frame, *ends, colour, thick)
    return frame
