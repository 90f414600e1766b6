"""Viewports: what of each frame is seen, the complete frame or a crop that follows the person, and on which canvas."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.pose.geometry.boxes import head_height
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import FloatArray, Frame, Image, Numbers, Size

Track = npt.NDArray[np.float64]
PixelBoxes = npt.NDArray[np.int32]
"""(T, 4) left, top, right, bottom in integer pixels of the frame; may reach beyond it."""

MARGIN = 0.7  # heights of the head around the joints: crown, hair, clothes, and space for the border to fade in
BEYOND = 0.06  # share of the person's size by which a box reaches beyond the frame where the frame cuts them off
LEAST = 7.5  # heights of the head that a box has at least: a crouch or a turn is no reason to come nearer
REACH = 0.3  # seconds before and after an instant whose joints a box takes in too, so that it moves ahead of the arms
HEADS_OF_A_BODY = 7.0  # heights of the head from eyes to feet, where the head itself cannot be measured


@dataclass(frozen=True, eq=False)
class Viewport:
    """What is seen of T frames, and where: the one place that converts between frame and canvas pixels.

    Coordinates are measured from the image's upper left corner: index i is the pixel whose centre lies at i + 0.5.
    """

    boxes: PixelBoxes  # (T, 4) what of each frame is seen
    canvas: Size  # (width, height) of the image that a box fills

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, frames: slice | npt.NDArray[np.int64]) -> "Viewport":
        """The viewport of some of the frames."""
        return Viewport(self.boxes[frames], self.canvas)

    @property
    def still(self) -> bool:
        """Whether all frames are seen through the same box."""
        return bool((self.boxes == self.boxes[:1]).all())

    def points(self, places: Numbers) -> npt.NDArray[np.float64]:
        """Points (T, ..., 2) or boxes (T, ..., 4) of the frames, in pixels of the canvas."""
        corners = places.reshape(*places.shape[:-1], places.shape[-1] // 2, 2)
        low, high = (each.reshape(-1, *[1] * (corners.ndim - 2), 2) for each in np.split(self.boxes, 2, axis=1))
        seen: npt.NDArray[np.float64] = (corners - low) * (np.array(self.canvas) / (high - low))
        return seen.reshape(places.shape)

    def crop(self, frame: Image, t: int) -> Image:
        """What is seen of frame t, (H, W) or (H, W, C), scaled to the canvas; beyond its border that is repeated."""
        return to_canvas(self.cut(frame, t), self.canvas)

    def cut(self, frame: Image, t: int, *, empty: bool = False) -> Image:
        """What is seen of frame t in its own pixels; beyond its border that is repeated, or nothing is there."""
        left, top, right, bottom = self.boxes[t].tolist()
        height, width = frame.shape[:2]
        x, y = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
        seen = frame[y : max(bottom, y + 1), x : max(right, x + 1)]
        beyond = (y - top, bottom - y - seen.shape[0], x - left, right - x - seen.shape[1])
        if any(beyond):
            border = cv2.BORDER_CONSTANT if empty else cv2.BORDER_REPLICATE
            seen = cv2.copyMakeBorder(seen, *beyond, border).astype(np.uint8, copy=False)
        return seen

    def paste(self, background: Frame, t: int, colour: Numbers, opacity: FloatArray) -> Frame:
        """A copy of a frame with an image from the canvas over it where the box of frame t is: the inverse of `crop`.

        Args:
            background: RGB (H, W, 3); what the box does not show of it stays exactly as it is.
            t: which frame's box.
            colour: (h, w, 3) on the canvas, in [0, 255]; what reaches beyond the frame is left out.
            opacity: (h, w) of the colour in each pixel, in [0, 1].
        """
        left, top, right, bottom = self.boxes[t].tolist()
        size = (right - left, bottom - top)
        over = np.clip(cv2.resize(colour, size, interpolation=cv2.INTER_CUBIC), 0, 255)
        share = cv2.resize(opacity, size, interpolation=cv2.INTER_LINEAR)[..., None]
        frame = background.copy()
        under = frame[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        over, share = (
            each[max(-top, 0) :, max(-left, 0) :][: under.shape[0], : under.shape[1]] for each in (over, share)
        )
        under[:] = np.rint(under + share * (over - under))
        return frame

    def move(self, before: int, t: int) -> FloatArray:
        """The (2, 3) map from the canvas's pixel indices at frame `before` to those at frame t, for what stands still.

        It shows the canvas of one frame through the box of another; the identity where both boxes are the same.
        """
        old, new = self.boxes[[before, t]].astype(np.float32)
        sides = new[2:] - new[:2]
        scale = (old[2:] - old[:2]) / sides
        shift = (old[:2] - new[:2]) / sides * np.array(self.canvas, np.float32) + (scale - 1) / 2
        return np.asarray(np.concatenate([np.diag(scale), shift[:, None]], axis=1))


def to_canvas(image: Image, canvas: Size) -> Image:
    """Scale an image, (H, W) or (H, W, C), to a canvas, averaging where it shrinks."""
    shrinks = image.shape[1] > canvas[0]
    scaled = cv2.resize(image, canvas, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return scaled.astype(np.uint8, copy=False)


def viewport_of(poses: PoseSequence, crop: str, canvas: Size) -> Viewport:
    """The viewport of a clip: of the complete frames, or of the person for a `model.crop` of "person"."""
    boxes = person_boxes(poses, canvas[0] / canvas[1]) if crop == "person" else frame_boxes(poses)
    return Viewport(boxes, canvas)


def frame_boxes(poses: PoseSequence) -> PixelBoxes:
    """Boxes that are the frame itself, (T, 4)."""
    return np.tile(np.array([0, 0, *poses.size], np.int32), (len(poses), 1))


def person_boxes(poses: PoseSequence, aspect: float) -> PixelBoxes:
    """A box around the person in each frame, steady in time and without lag.

    It holds all joints that lie inside the frame, with a margin. Bounds are widened to the extremes of `REACH` around
    each instant and averaged over as long: an average of extremes, each of which takes in the instant itself, lies
    never inside them. Where no person is found it moves evenly from the last box to the next one.

    Args:
        poses: T frames, cleaned.
        aspect: width by height of a box.

    Returns:
        (T, 4); the complete frame, at that aspect, where no person is found in any.
    """
    if not len(poses):
        return frame_boxes(poses)
    bounds, least = _bounds(poses)
    height = _heights(bounds, least, aspect)
    sides = np.stack([height * aspect, height], axis=1)
    low = np.floor((bounds[:, :2] + bounds[:, 2:] - sides) / 2)
    # Rounded by itself, a side does not tremble with the place.
    return np.asarray(np.concatenate([low, low + np.ceil(sides)], axis=1), np.int32)


def best_canvas(poses: PoseSequence, canvases: Sequence[Size]) -> Size:
    """Which canvas (width, height) shows the person largest for its area when boxes of its aspect follow them."""
    bounds, least = _bounds(poses)

    def enlargement(canvas: Size) -> float:
        heights = _heights(bounds, least, canvas[0] / canvas[1])
        return float(np.log(canvas[1] / heights).mean() - np.log(canvas[0] * canvas[1]) / 2)

    return max(canvases, key=enlargement)


def _bounds(poses: PoseSequence) -> tuple[Track, Track]:
    """(T, 4) that hold the person with the margin, and (T,) the least height of a box; both smooth in time."""
    boxes = _filled(poses.boxes().astype(np.float64), (0.0, 0.0, *map(float, poses.size)))
    guess = np.median((boxes[:, 2:] - boxes[:, :2]).max(axis=1)) / HEADS_OF_A_BODY
    head = _filled(head_height(poses)[:, None], (float(guess),))
    radius = max(1, round(REACH * float(poses.fps)))
    # Beyond the frame nothing is to be seen, so there only the border has to fade.
    beyond = BEYOND * (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True)
    low = np.maximum(boxes[:, :2] - MARGIN * head, -beyond)
    high = np.minimum(boxes[:, 2:] + MARGIN * head, np.array(poses.size) + beyond)
    bounds = np.concatenate([-_widest(-low, radius), _widest(high, radius)], axis=1)
    return bounds, _average(np.minimum(LEAST * head, poses.size[1]), radius)[:, 0]


def _heights(bounds: Track, least: Track, aspect: float) -> Track:
    """How high boxes of an aspect must be, (T,)."""
    width, height = (bounds[:, 2:] - bounds[:, :2]).T
    return np.asarray(np.maximum.reduce([height, width / aspect, least]))


def _widest(track: Track, radius: int) -> Track:
    """The largest value within `radius` frames of each, averaged over as many."""
    return _average(_neighbours(track, radius).max(axis=-1), radius)


def _average(track: Track, radius: int) -> Track:
    return np.asarray(_neighbours(track, radius).mean(axis=-1))


def _neighbours(track: Track, radius: int) -> Track:
    """(T, N, 2 x radius + 1) the values around each instant; the first and the last value go on at the ends."""
    padded = np.pad(track, ((radius, radius), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=0)


def _filled(track: Track, otherwise: tuple[float, ...]) -> Track:
    """Gaps (NaN) interpolated, the ends continued; `otherwise` where there is nothing at all."""
    found = ~np.isnan(track).any(axis=1)
    if not found.any():
        return np.tile(np.array(otherwise, np.float64), (len(track), 1))
    instants = np.arange(len(track))
    return np.stack([np.interp(instants, instants[found], column[found]) for column in track.T], axis=1)
