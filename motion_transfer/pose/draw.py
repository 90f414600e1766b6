"""The pose as a picture: what the generator sees of the dance.

Source: Everybody Dance Now (Chan et al. 2019) draws a coloured stick figure; docs/method.md lists where we differ.
"""

import colorsys
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import DrawSettings
from motion_transfer.pose.sequence import Floats, PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON

Image = npt.NDArray[np.uint8]
Color = tuple[int, int, int]

REFERENCE_HEIGHT = 1080
"""The frame height for which `DrawSettings` gives its lengths."""
MIN_LENGTH = 1.0
"""Least half-width and radius in pixels: anything thinner fades away on a small canvas."""
LIMB_OPACITY = 0.6
"""Share of a limb's colour over what lies under it, so that crossing limbs both stay visible."""
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
_JOINT_COLORS = dict(zip(_LIMBS[:, 1].tolist(), _LIMB_COLORS, strict=True))
_FACE_POINTS = [SKELETON.index(f"face_{i}") for i in (68, 69, 30, 48, 54, 51, 57, 8)]
"""Pupils, tip of the nose, corners of the mouth, upper and lower lip, chin."""
_FINGER_COLORS = [color for color in _palette(5) for _ in range(4)]


def draw_pose(
    xy: Floats,
    score: Floats,
    size: tuple[int, int],
    settings: DrawSettings = DrawSettings(),
    *,
    frame_size: tuple[int, int],
) -> Image:
    """Draw one pose as the generator sees it: a stick figure on white.

    Limbs are thin ellipses and joints discs, one colour each; the right side is warm, the left cool. The
    face is eight dots, the hands thin lines. Lines are antialiased, places exact to 1/16 pixel.

    Args:
        xy: (137, 2) pixels of the frame; NaN where missing.
        score: (137,) in [0, 1].
        size: (width, height) of the image.
        settings: lengths, for a height of 1080, and the scores from which parts are drawn.
        frame_size: (width, height) of the frame that `xy` is measured in; the image should have its aspect.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    canvas = np.full((size[1], size[0], 3), 255, np.uint8)
    _paint(canvas, xy * (np.array(size, np.float32) / np.array(frame_size, np.float32)), score, settings)
    return canvas


def draw_poses(poses: PoseSequence, size: tuple[int, int], settings: DrawSettings = DrawSettings()) -> Iterator[Image]:
    """Draw one pose after the other; see `draw_pose`. A frame without the person is white."""
    for xy, score in zip(poses.xy, poses.score, strict=True):
        yield draw_pose(xy, score, size, settings, frame_size=poses.size)


def overlay_pose(frame: Image, xy: Floats, score: Floats, settings: DrawSettings = DrawSettings()) -> Image:
    """Draw one pose over its own frame, (H, W, 3) uint8 RGB, to look at; `frame` itself stays as it is."""
    canvas = frame.copy()
    _paint(canvas, xy, score, settings)
    return canvas


def _paint(canvas: Image, xy: Floats, score: Floats, settings: DrawSettings) -> None:
    """Draw a pose, given in pixels of the canvas, onto it."""
    height, width = canvas.shape[:2]
    scale = height / REFERENCE_HEIGHT
    radius = max(settings.joint_radius * scale, MIN_LENGTH)
    half_width = max(settings.limb_width * scale, MIN_LENGTH)
    centres = xy - np.float32(0.5)  # cv2's (0, 0) is the centre of the first pixel
    drawable = (np.abs(centres) < _FAR * max(width, height)).all(axis=1)  # also false for NaN
    centres = np.where(drawable[:, None], centres, 0)

    body = drawable & (score >= settings.body_confidence)
    limbs = np.flatnonzero(body[_LIMBS].all(axis=1))
    _blend_limbs(canvas, centres[_LIMBS[limbs, 0]], centres[_LIMBS[limbs, 1]], half_width, limbs)
    joints = [joint for joint in _JOINT_COLORS if body[joint]]
    _discs(canvas, centres[joints], radius, [_JOINT_COLORS[joint] for joint in joints])

    hand = drawable & (score > settings.hand_confidence)
    fixed, thickness = _fixed(centres), max(1, round(half_width))
    for bones in (SKELETON.left_hand_bones, SKELETON.right_hand_bones):
        for (start, end), color in zip(bones, _FINGER_COLORS, strict=True):
            if hand[start] and hand[end]:
                cv2.line(canvas, fixed[start], fixed[end], color, thickness, cv2.LINE_AA, _SHIFT)

    if score[SKELETON.face].mean() >= settings.face_confidence:
        points = [point for point in _FACE_POINTS if drawable[point]]
        _discs(canvas, centres[points], max(radius / 3, MIN_LENGTH), [(0, 0, 0)] * len(points))


def _blend_limbs(canvas: Image, starts: Floats, ends: Floats, half_width: float, limbs: npt.NDArray[np.intp]) -> None:
    """Blend an ellipse from joint to joint, (L, 2) each, into the canvas, touching only the pixels around it."""
    along = (ends - starts) / 2
    across = along[:, ::-1] * (-1, 1) * (half_width / np.maximum(np.hypot(*along.T), 1e-6))[:, None]
    outlines = _CIRCLE @ np.stack([along, across], axis=1) + ((starts + ends) / 2)[:, None]  # (L, points, 2)
    corners = np.floor(outlines.min(axis=1)).astype(int) - 1
    opposite = np.ceil(outlines.max(axis=1)).astype(int) + 2
    corners, opposite = np.maximum(corners, 0), np.maximum(opposite, 0)
    polygons = _fixed(outlines - corners[:, None])
    for limb, polygon, (left, top), (right, bottom) in zip(limbs, polygons, corners, opposite, strict=True):
        under = canvas[top:bottom, left:right]
        if under.size:
            over = under.copy()
            cv2.fillConvexPoly(over, polygon, _LIMB_COLORS[limb], cv2.LINE_AA, _SHIFT)
            cv2.addWeighted(under, 1 - LIMB_OPACITY, over, LIMB_OPACITY, 0, dst=under)


def _discs(canvas: Image, centres: Floats, radius: float, colors: list[Color]) -> None:
    """Fill discs around (N, 2) centres. `cv2.circle` makes diamonds of small ones."""
    for polygon, color in zip(_fixed(centres[:, None] + radius * _CIRCLE), colors, strict=True):
        cv2.fillConvexPoly(canvas, polygon, color, cv2.LINE_AA, _SHIFT)


def _fixed(points: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int32]:
    """Points in cv2's fixed-point coordinates."""
    fixed: npt.NDArray[np.int32] = np.rint(points * (1 << _SHIFT)).astype(np.int32)
    return fixed
