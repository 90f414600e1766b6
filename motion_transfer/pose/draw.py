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
FACE_POINTS = (68, 69, 30, 48, 54, 51, 57, 8)
"""The eight face points drawn: pupils, tip of the nose, corners of the mouth, upper and lower lip, chin."""
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


_LIMBS = sorted(SKELETON.body_bones, key=_side)
_LIMB_COLORS = _palette(len(_LIMBS))
_JOINT_COLORS = {end: color for (_, end), color in zip(_LIMBS, _LIMB_COLORS, strict=True)}
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
    body = drawable & (score >= settings.body_confidence)
    hand = drawable & (score > settings.hand_confidence)

    limbs = [(bone, color) for bone, color in zip(_LIMBS, _LIMB_COLORS, strict=True) if body[list(bone)].all()]
    for (start, end), color in limbs:
        _blend_limb(canvas, centres[start], centres[end], half_width, color)
    for joint, color in _JOINT_COLORS.items():
        if body[joint]:
            _disc(canvas, centres[joint], radius, color)
    thickness = max(1, round(half_width))
    fixed = _fixed(np.nan_to_num(centres))
    for bones in (SKELETON.left_hand_bones, SKELETON.right_hand_bones):
        for (start, end), color in zip(bones, _FINGER_COLORS, strict=True):
            if hand[start] and hand[end]:
                cv2.line(canvas, fixed[start], fixed[end], color, thickness, cv2.LINE_AA, _SHIFT)
    if score[SKELETON.face].mean() >= settings.face_confidence:
        for point in FACE_POINTS:
            if drawable[SKELETON.face.start + point]:
                _disc(canvas, centres[SKELETON.face.start + point], max(radius / 3, MIN_LENGTH), (0, 0, 0))


def _blend_limb(canvas: Image, start: Floats, end: Floats, half_width: float, color: Color) -> None:
    """Blend an ellipse from joint to joint into the canvas, touching only the pixels around it."""
    along, across = (end - start) / 2, np.array([start[1] - end[1], end[0] - start[0]])
    across *= half_width / max(float(np.hypot(*across)), 1e-6)
    outline = (start + end) / 2 + _CIRCLE @ np.stack([along, across])
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 2
    under = canvas[top : max(bottom, 0), left : max(right, 0)]
    if under.size == 0:
        return
    over = under.copy()
    cv2.fillConvexPoly(over, _fixed(outline - (left, top)), color, cv2.LINE_AA, _SHIFT)
    cv2.addWeighted(under, 1 - LIMB_OPACITY, over, LIMB_OPACITY, 0, dst=under)


def _disc(canvas: Image, centre: Floats, radius: float, color: Color) -> None:
    """Fill a disc. `cv2.circle` makes diamonds of the small ones."""
    cv2.fillConvexPoly(canvas, _fixed(centre + radius * _CIRCLE), color, cv2.LINE_AA, _SHIFT)


def _fixed(points: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int32]:
    """Points in cv2's fixed-point coordinates."""
    fixed: npt.NDArray[np.int32] = np.rint(points * (1 << _SHIFT)).astype(np.int32)
    return fixed
