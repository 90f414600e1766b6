"""The pose as a picture: what the generator sees of the dance.

Source: Everybody Dance Now (Chan et al. 2019) draws coloured sticks; docs/method.md lists where we differ.
"""

import colorsys
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import DrawSettings
from motion_transfer.pose.geometry.orientation import occluded_face
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import Color, FloatArray, Image, Numbers

REFERENCE_HEIGHT = 1080  # the frame height for which `DrawSettings` gives its lengths
MIN_LENGTH = 1.0  # least half-width and radius in pixels: anything thinner fades away on a small canvas
LIMB_OPACITY = 0.6  # share of a limb's colour over what lies under it, so that crossing limbs both stay visible
_SHIFT = 4  # cv2 takes coordinates in 1/16 pixel
_ARC = np.linspace(0, 2 * np.pi, 24, endpoint=False)
_CIRCLE = np.stack([np.cos(_ARC), np.sin(_ARC)], axis=1)
_FAR = 4  # canvas sides; a joint farther away would overflow cv2's fixed-point coordinates


def _palette(count: int, saturation: float = 1.0, value: float = 1.0) -> list[Color]:
    """Colours from red to violet, every other one darker so that neighbours differ."""
    hues = (colorsys.hsv_to_rgb(0.85 * i / count, saturation, value * (1 - 0.3 * (i % 2))) for i in range(count))
    return [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in hues]


def _side(bone: tuple[int, int]) -> int:
    """Place of a bone from the right (warm colours) over the middle to the left (cool ones)."""
    return {"right": 0, "left": 2}.get(SKELETON.joints[bone[1]].split("_")[0], 1)


_LIMBS = np.array(sorted(SKELETON.body_bones, key=_side))
_LIMB_COLORS = _palette(len(_LIMBS))
_FACE_POINTS = [SKELETON.index(f"face_{i}") for i in (68, 69, 30, 48, 54, 51, 57, 8)]
"""Pupils, tip of the nose, corners of the mouth, upper and lower lip, chin."""
_FINGER_COLORS = [color for color in _palette(5) for _ in range(4)]
_HANDS = (SKELETON.left_hand_bones, SKELETON.right_hand_bones)
_PART_ENDS = np.array(
    [*_LIMBS.tolist(), *([SKELETON.index(joint)] * 2 for joint in ("left_wrist", "right_wrist", "nose"))]
)
"""The two joints of the body between which a limb, a hand or the face lies in depth."""


def draw_pose(
    xy: FloatArray,
    score: FloatArray,
    size: tuple[int, int],
    settings: DrawSettings = DrawSettings(),
    *,
    frame_size: tuple[int, int],
    depth: FloatArray | None = None,
) -> Image:
    """Draw one pose as the generator sees it: sticks on white.

    Limbs are thin ellipses and joints discs, one colour each; the right side is warm, the left cool. The
    face is eight dots, the hands thin lines. Lines are antialiased, places exact to 1/16 pixel. Where depth is
    known, what is nearer lies over what is farther.

    Args:
        xy: (137, 2) pixels of the frame; NaN where missing.
        score: (137,) in [0, 1].
        size: (width, height) of the image.
        settings: lengths, for a height of 1080, and the scores from which parts are drawn.
        frame_size: (width, height) of the frame that `xy` is measured in; the image should have its aspect.
        depth: (25,) of the body's joints, larger is farther; a row of `PoseSequence.depth`.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    canvas = np.full((size[1], size[0], 3), 255, np.uint8)
    scale = size[1] / REFERENCE_HEIGHT
    radius = max(settings.joint_radius * scale, MIN_LENGTH)
    half_width = max(settings.limb_width * scale, MIN_LENGTH)
    centres = xy * (np.array(size, np.float32) / np.array(frame_size, np.float32))
    centres -= np.float32(0.5)  # cv2's (0, 0) is the centre of the first pixel
    drawable = (np.abs(centres) < _FAR * max(size)).all(axis=1)  # also false for NaN
    centres = np.where(drawable[:, None], centres, 0)

    body = drawable & (score >= settings.body_confidence)
    hand = drawable & (score > settings.hand_confidence)
    face = [point for point in _FACE_POINTS if drawable[point]]
    if score[SKELETON.face].mean() < settings.face_confidence:
        face = []
    ellipses = _ellipses(centres[_LIMBS[:, 0]], centres[_LIMBS[:, 1]], half_width)
    discs = _discs(centres[_LIMBS[:, 1]], radius)
    fixed, thickness = _fixed(centres), max(1, round(half_width))
    order = np.arange(len(_PART_ENDS))  # of drawing: from far to near where depth is known
    if depth is not None:
        order = np.argsort(-np.nan_to_num(depth[_PART_ENDS].mean(axis=1)), kind="stable")
    for part in order.tolist():
        if part < len(_LIMBS):
            start, end = _LIMBS[part]
            if body[start] and body[end]:
                _blend(canvas, ellipses[part], _LIMB_COLORS[part])
            if body[end]:
                cv2.fillConvexPoly(canvas, discs[part], _LIMB_COLORS[part], cv2.LINE_AA, _SHIFT)
        elif part < len(_LIMBS) + len(_HANDS):
            for (start, end), color in zip(_HANDS[part - len(_LIMBS)], _FINGER_COLORS, strict=True):
                if hand[start] and hand[end]:
                    cv2.line(canvas, fixed[start], fixed[end], color, thickness, cv2.LINE_AA, _SHIFT)
        else:
            for disc in _discs(centres[face], max(radius / 3, MIN_LENGTH)):
                cv2.fillConvexPoly(canvas, disc, (0, 0, 0), cv2.LINE_AA, _SHIFT)
    return canvas


def draw_poses(poses: PoseSequence, size: tuple[int, int], settings: DrawSettings = DrawSettings()) -> Iterator[Image]:
    """Draw one pose after the other; see `draw_pose`. A frame without the person is white."""
    for t in range(len(poses)):
        yield draw_frame(poses, t, size, settings)


def draw_frame(
    poses: PoseSequence,
    index: int,
    size: tuple[int, int],
    settings: DrawSettings = DrawSettings(),
    *,
    crop: Sequence[int] | None = None,
) -> Image:
    """Draw the pose at `index`, without the parts of the head that it hides, if the settings say so; see `draw_pose`.

    With a `crop`, left, top, right and bottom in pixels of the frame, the image shows what lies in it.
    """
    depth = None if poses.depth is None else poses.depth[index]
    left, top, right, bottom = (0, 0, *poses.size) if crop is None else map(int, crop)
    xy = poses.xy[index] - np.array([left, top], np.float32)
    score = poses.score[index]
    if settings.hide_occluded_face:
        hidden = occluded_face(poses)[index]
        xy[hidden], score = np.nan, np.where(hidden, 0, score)
    return draw_pose(xy, score, size, settings, frame_size=(right - left, bottom - top), depth=depth)


def _ellipses(starts: FloatArray, ends: FloatArray, half_width: float) -> Numbers:
    """Outlines (L, points, 2) of ellipses from joint to joint, (L, 2) each."""
    along = (ends - starts) / 2
    across = along[:, ::-1] * (-1, 1) * (half_width / np.maximum(np.hypot(*along.T), 1e-6))[:, None]
    return np.asarray(_CIRCLE @ np.stack([along, across], axis=1) + ((starts + ends) / 2)[:, None])


def _blend(canvas: Image, outline: Numbers, color: Color) -> None:
    """Blend a convex shape into the canvas, touching only the pixels around it."""
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.maximum(np.ceil(outline.max(axis=0)).astype(int) + 2, 0)
    under = canvas[top:bottom, left:right]
    if under.size:
        over = under.copy()
        cv2.fillConvexPoly(over, _fixed(outline - (left, top)), color, cv2.LINE_AA, _SHIFT)
        cv2.addWeighted(under, 1 - LIMB_OPACITY, over, LIMB_OPACITY, 0, dst=under)


def _discs(centres: FloatArray, radius: float) -> npt.NDArray[np.int32]:
    """Outlines (N, points, 2) of discs around (N, 2) centres, for cv2. `cv2.circle` makes diamonds of small ones."""
    return _fixed(centres[:, None] + radius * _CIRCLE)


def _fixed(points: Numbers) -> npt.NDArray[np.int32]:
    """Points in cv2's fixed-point coordinates."""
    return np.asarray(np.rint(points * (1 << _SHIFT)), np.int32)
