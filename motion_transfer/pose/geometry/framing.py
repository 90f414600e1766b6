"""The boxes that a viewport shows: the complete frame, or a crop that follows the person."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from motion_transfer.pose.geometry.boxes import head_height
from motion_transfer.pose.geometry.viewport import PixelBoxes, Viewport
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import Size

Track = npt.NDArray[np.float64]

MARGIN = 0.7  # heights of the head around the joints: crown, hair, clothes, and space for the border to fade in
BEYOND = 0.06  # share of the person's size by which a box reaches beyond the frame where the frame cuts them off
LEAST = 7.5  # heights of the head that a box has at least: a crouch or a turn is no reason to come nearer
REACH = 0.3  # seconds before and after an instant whose joints a box takes in too, so that it moves ahead of the arms
HEADS_OF_A_BODY = 7.0  # heights of the head from eyes to feet, where the head itself cannot be measured


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
    boxes: PixelBoxes = np.concatenate([low, low + np.ceil(sides)], axis=1).astype(np.int32)
    return boxes


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
    heights: Track = np.maximum.reduce([height, width / aspect, least])
    return heights


def _widest(track: Track, radius: int) -> Track:
    """The largest value within `radius` frames of each, averaged over as many."""
    return _average(_neighbours(track, radius).max(axis=-1), radius)


def _average(track: Track, radius: int) -> Track:
    average: Track = _neighbours(track, radius).mean(axis=-1)
    return average


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
