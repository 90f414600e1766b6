"""The world of the tests: a cartoon figure whose poses are known exactly, and clips of it small enough to train on."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike

from motion_transfer.pose import OPENPOSE_137, PoseSequence, save_poses
from motion_transfer.types import Color, Frame, Size
from motion_transfer.video import VideoWriter

HALF_BODY = {
    "nose": (0, -1),
    "neck": (0, -0.86),
    "left_shoulder": (0.11, -0.86),
    "left_elbow": (0.14, -0.67),
    "left_wrist": (0.15, -0.5),
    "mid_hip": (0, -0.52),
    "left_hip": (0.06, -0.52),
    "left_knee": (0.06, -0.26),
    "left_ankle": (0.06, 0),
    "left_eye": (0.02, -1.02),
    "left_ear": (0.04, -1.01),
    "left_big_toe": (0.08, 0.06),
    "left_small_toe": (0.1, 0.05),
    "left_heel": (0.06, 0.02),
}
"""Places in units of the height from nose to ankles; the ankles' middle is the origin, y points down."""

ARM = 0.34  # length of an arm, in the same unit


def body() -> dict[str, tuple[float, float]]:
    """The upright figure's joints, both halves."""
    right = {name.replace("left", "right"): (-x, y) for name, (x, y) in HALF_BODY.items()}
    return HALF_BODY | right


def sequence(xy: np.ndarray, size: Size, fps: Fraction, *, score: float = 0.9) -> PoseSequence:
    """Poses from joints, (T, K, 2) with NaN where one is missing."""
    return PoseSequence(xy, np.where(np.isnan(xy).any(axis=2), 0, score).astype(np.float32), size, fps)


def standing(
    x: ArrayLike,
    floor: ArrayLike,
    height: ArrayLike,
    *,
    jump: ArrayLike = 0.0,
    size: Size = (640, 480),
    fps: Fraction = Fraction(25),
) -> PoseSequence:
    """Poses of an upright person with all 137 joints: x of the feet, y of the floor, height and jump above it in
    pixels, numbers or (T,)."""
    figure = np.zeros((len(OPENPOSE_137), 2))
    for joint, place in body().items():
        figure[OPENPOSE_137.index(joint)] = place
    angles = np.linspace(0, 2 * np.pi, 70)
    figure[OPENPOSE_137.face] = np.stack([0.06 * np.cos(angles), -1 + 0.07 * np.sin(angles)], axis=1)
    fingers = np.stack([np.linspace(0, 0.03, 21), np.linspace(0, 0.13, 21)], axis=1)
    for side in ("left", "right"):
        figure[getattr(OPENPOSE_137, f"{side}_hand")] = fingers + figure[OPENPOSE_137.index(f"{side}_wrist")]
    x, floor, height, jump = np.broadcast_arrays(*np.atleast_1d(x, floor, height, jump))
    feet = np.stack([x, floor - jump], axis=-1)
    xy = (feet[:, None] + height[:, None, None] * figure).astype(np.float32)
    return sequence(xy, size, fps, score=1.0)


def without(
    poses: PoseSequence, *joints: str | int | slice, frames: int | slice | list[int] = slice(None)
) -> PoseSequence:
    """The poses of a detector that does not find these joints in these frames; none of them where none is named."""
    score = poses.score.copy()
    for joint in joints or (slice(None),):
        score[frames, OPENPOSE_137.index(joint) if isinstance(joint, str) else joint] = 0
    return replace(poses, score=score)


def assert_same(one: PoseSequence, other: PoseSequence) -> None:
    """Two clips have the same poses, bit for bit, with or without depth."""
    for name in ("xy", "score", "depth"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert (ours is None) == (theirs is None)
        assert ours is None or np.array_equal(ours, theirs, equal_nan=True), name
    assert (one.size, one.fps) == (other.size, other.fps)


def strolling(frames: int = 600, **options: object) -> PoseSequence:
    """A person who walks to and fro in depth and a little to the sides."""
    turn = np.linspace(0, 6 * np.pi, frames)
    floor = 380 + 20 * np.sin(turn)
    return standing(320 + 30 * np.cos(0.7 * turn), floor, 200 + 1.2 * (floor - 380), **options)


def dancing_with_depth(frames: int = 300) -> PoseSequence:
    """A person who walks to and fro and moves arms, knees and trunk, with depth."""
    poses = strolling(frames)
    xy, turn = poses.xy.copy(), np.linspace(0, 12 * np.pi, frames)
    for part, reach in (("wrist", 25), ("elbow", 12), ("knee", 6), ("shoulder", 3)):
        for sign, side in ((-1, "right"), (1, "left")):
            joints = [OPENPOSE_137.index(f"{side}_{part}")]
            if part == "wrist":
                joints += range(*getattr(OPENPOSE_137, f"{side}_hand").indices(137))
            sway = reach * np.stack([np.sin(turn), sign * np.cos(1.7 * turn)], axis=1)
            xy[:, joints] += sway[:, None].astype(np.float32)
    depth = np.random.default_rng(1).normal(0, 10, (frames, 25)).astype(np.float32)
    return replace(poses, xy=xy, depth=depth)


def turning(
    frames: int,
    size: Size,
    fps: Fraction,
    *,
    height: float,
    angle: ArrayLike = 0.0,
    arms: ArrayLike = 0.0,
    x: ArrayLike = 0.0,
    floor: float = 0.92,
) -> PoseSequence:
    """Poses of a person, without feet, who turns and lifts both arms.

    Args:
        frames: T.
        size: of the frames.
        fps: of the clip.
        height: nose to ankles, in pixels.
        angle: degrees away from the camera, a number or (T,).
        arms: degrees from hanging down, a number, (T,), or (T, 2) of the right and the left one.
        x: pixels right of the frame's middle, a number or (T,).
        floor: y of the ankles, as a share of the frame's height.
    """
    turn = np.radians(np.broadcast_to(angle, frames))
    arms = np.radians(np.asarray(arms, float))
    arms = np.broadcast_to(arms if arms.ndim == 2 else arms[..., None], (frames, 2))
    feet = np.stack([size[0] / 2 + np.broadcast_to(x, frames), np.full(frames, floor * size[1])], axis=1)
    xy = np.full((frames, len(OPENPOSE_137), 2), np.nan, np.float32)
    for joint, (right, down) in body().items():
        if joint.endswith(("toe", "heel")):
            continue
        across, below = np.full(frames, right), np.full(frames, down)
        if joint.endswith(("elbow", "wrist")):
            arm, sign = (arms[:, 1], 1) if joint.startswith("left") else (arms[:, 0], -1)
            length = ARM if joint.endswith("wrist") else ARM / 2
            across, below = sign * (0.11 + length * np.sin(arm)), -0.86 + length * np.cos(arm)
        ahead = -0.07 * np.sin(turn) if joint == "nose" else 0.0
        place = np.stack([across * np.cos(turn) + ahead, below], axis=1)
        xy[:, OPENPOSE_137.index(joint)] = feet + height * place
    return sequence(xy, size, fps)


def dancing(frames: int, size: Size, fps: Fraction, *, height: float, speed: float = 1.0) -> PoseSequence:
    """Poses of a figure that sways and waves its arms."""
    xy = np.full((frames, len(OPENPOSE_137), 2), np.nan, np.float32)
    upright = {name: at for name, at in body().items() if not name.endswith(("ear", "small_toe", "heel"))}
    for t in range(frames):
        places = dict(upright)
        for side, sign in (("right", -1), ("left", 1)):
            shoulder, angle = upright[f"{side}_shoulder"], 0.9 * np.sin(speed * t / 2 + sign)
            for joint, reach in (("elbow", 0.19), ("wrist", 0.36)):
                x = shoulder[0] + sign * reach * np.cos(angle)
                places[f"{side}_{joint}"] = (x, shoulder[1] + reach * np.sin(angle))
        feet = np.array([size[0] * (0.5 + 0.15 * np.sin(speed * t / 4)), 0.92 * size[1]])
        for joint, place in places.items():
            xy[t, OPENPOSE_137.index(joint)] = feet + height * np.array(place)
    return sequence(xy, size, fps)


def wall(size: Size, seed: int) -> Frame:
    """A still background: a gradient with coarse tiles."""
    width, height = size
    rng = np.random.default_rng(seed)
    tiles = rng.integers(-20, 20, (height // 16 + 1, width // 16 + 1, 3)).repeat(16, 0).repeat(16, 1)[:height, :width]
    gradient = np.linspace(90, 170, height)[:, None, None] + tiles
    return np.broadcast_to(gradient, (height, width, 3)).round().astype(np.uint8).copy()


def texture(size: Size, blur: float, seed: int = 0) -> Frame:
    """Blurred noise of full contrast."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), blur), None, 0, 255, cv2.NORM_MINMAX)


def draw_person(background: Frame, xy: np.ndarray, color: Color, *, skin: Color | None = None) -> Frame:
    """The background with the joints `xy` (K, 2) drawn over it as a cartoon figure, with a head if `skin` is given."""
    frame = background.copy()
    thick = max(3 if skin is None else 2, background.shape[0] // 20)
    for start, end in OPENPOSE_137.body_bones:
        if not np.isnan(xy[[start, end]]).any():
            ends = [tuple(int(v) for v in xy[joint].round()) for joint in (start, end)]
            cv2.line(frame, *ends, color, thick)
    if skin is not None and not np.isnan(xy[0]).any():
        cv2.circle(frame, tuple(int(v) for v in xy[0].round()), thick, skin, -1)
    return frame


class Clip(NamedTuple):
    """A video, the poses that are drawn in it, also as a file, and the background without the person."""

    video: Path
    poses: PoseSequence
    pose_file: Path
    background: Frame


def film(path: Path, poses: PoseSequence, seed: int, color: Color) -> Clip:
    """Write a clip of poses before a wall, and the poses beside it."""
    background = wall(poses.size, seed)
    with VideoWriter(path, size=poses.size, fps=poses.fps) as video:
        for xy in poses.xy:
            video.write(draw_person(background, xy, color, skin=(230, 180, 150)))
    pose_file = path.with_suffix(".npz")
    save_poses(pose_file, poses)
    return Clip(path, poses, pose_file, background)
