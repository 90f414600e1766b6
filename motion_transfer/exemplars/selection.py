"""Which frames of the footage become exemplars: those that show the person from as many sides as possible, sharply."""

from functools import partial

import cv2
import numpy as np

from motion_transfer.ahead import ahead
from motion_transfer.config import Pipeline
from motion_transfer.errors import SubjectError
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout, tighten
from motion_transfer.exemplars.matching import AREAS
from motion_transfer.exemplars.parts.labels import LAYERS
from motion_transfer.footage.masks import UNKNOWN, MaskOf, at_once, open_masks
from motion_transfer.footage.matting import foreground, refine_mask
from motion_transfer.footage.preprocess import Footage, split_footage, stored_size
from motion_transfer.footage.shadow import floor_places, join_shades, shade_around
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, SegmentTrack
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.types import FloatArray, Indices, Mask, Numbers

MOST_COMPARED = 1000  # frames among which is chosen
MOST_PIXELS = 120e6  # of all boxes that are cut out: tight around the person, they are half of that
FEET = [part for part, segment in enumerate(SEGMENTS) if segment.start.endswith("ankle")]
_ANGLES = np.radians(sorted(range(-90, 95, 5), key=abs))
TURNS = np.array([[np.cos(_ANGLES), -np.sin(_ANGLES)], [np.sin(_ANGLES), np.cos(_ANGLES)]]).transpose(2, 0, 1)
"""(N, 2, 2) by which a foot is turned, the least first."""
ON_PERSON = 0.8  # of a segment's axis lies on the person, or the detector was wrong
MIDDLE = 0.15  # of a segment's radius around its axis, where it is the person that is seen, whatever the colour
NEARBY = 0.1  # seconds within which a sharper frame replaces a chosen one


def select_exemplars(footage: Footage, pipeline: Pipeline) -> ExemplarBank | None:
    """Choose the frames of some footage that show the person as differently as possible, and cut them out.

    Returns:
        `model.exemplars` of the frames that are not held out, or fewer where they are too alike or large; None for 0.

    Raises:
        SubjectError: no segment of the body can be measured in any of these frames.
    """
    if not pipeline.model.exemplars:
        return None
    known = np.array(split_footage(len(footage.poses), pipeline.train.held_out)[0])
    track = SegmentTrack(footage.poses, footage.viewport)
    segments = track.at(known)
    measured = track.measured(known)
    if measured.any():  # a guess is shown where nothing better is known
        segments.views[~measured & measured.any(axis=0)] = np.nan
    else:
        segments.views[:] = np.nan
    pixels = np.mean([np.prod(stored_size(footage.viewport, index)) for index in known.tolist()])
    chosen = _most_useful(segments, min(pipeline.model.exemplars, max(1, int(MOST_PIXELS / pixels))))
    if not len(chosen):
        raise SubjectError(
            f"no segment of the body can be measured in any of the {len(known)} frames to learn from, so there is "
            "nothing to take exemplars from. Give footage that shows the person from head to feet, or set "
            "`model.exemplars` to 0."
        )
    chosen = _sharpest(footage, segments, known, chosen)
    with open_masks(footage.poses.size, pipeline.pose) as mask_of:
        cut_out = partial(_cut_out, footage, mask_of, SegmentTrack(footage.poses), floor_places(footage.poses))
        masked = list(ahead(cut_out, known[chosen].tolist(), at_once()))
    # A body that is not found again where the pose says that it is has a wrong pose.
    sure = [found for _, found, _ in masked]
    sure = sure if any(sure) else [True] * len(masked)
    cutouts, _, shades = zip(*(each for each, kept in zip(masked, sure, strict=True) if kept), strict=True)
    chosen, shadow = chosen[sure], join_shades([shade for shade in shades if shade is not None])
    bank = ExemplarBank(cutouts, segments.at(chosen), known[chosen], footage.canvas, shadow)
    _mend_segments(bank)
    return bank


def _mend_segments(bank: ExemplarBank) -> None:
    """Where a segment lies beside the person the detector was wrong: a guess, shown where nothing better is known.

    A foot is turned about its ankle until it lies on the person, else it brings pixels of the other one along.
    """
    axes = bank.segments.axes
    right = np.stack([bank.seen_on(k, axes[k]) > ON_PERSON for k in range(len(bank))])
    bank.segments.views[~right & right.any(axis=0)] = np.nan
    for k, foot in np.argwhere(~right & np.isfinite(axes).all(axis=(2, 3))).tolist():
        if foot in FEET:
            ankle, toe = axes[k, foot]
            toes = ankle + TURNS @ (toe - ankle)
            seen = bank.seen_on(k, np.stack([np.broadcast_to(ankle, toes.shape), toes], axis=1)) > ON_PERSON
            if seen.any():
                axes[k, foot, 1] = toes[seen.argmax()]


def _most_useful(segments: Segments, count: int) -> Indices:
    """Up to `count` frames, of which each in turn brings all frames nearest to a frame that is chosen.

    What is near is measured for the body and for each arm alone, since they are exchanged alone: by the mean squared
    distance of the views of the segments that both frames show. Frames that lack more of trunk, head and legs than is
    usual are left out; an arm is hidden in every view from the side.
    """
    seen = ~np.isnan(segments.views).any(axis=2) & (segments.head > 0)[:, None]
    number = seen[:, LAYERS[0]].sum(axis=1)
    if not number.any():
        return np.empty(0, np.int64)
    kept = np.flatnonzero(number >= np.median(number[number > 0]))
    kept = kept[np.linspace(0, len(kept) - 1, min(len(kept), MOST_COMPARED)).astype(int)]
    apart = np.stack([_distances(segments.at(kept), layer) for layer in LAYERS])
    nearest = np.full(apart.shape[:2], np.inf, np.float32)
    chosen: list[int] = []
    while len(chosen) < min(count, len(kept)) and nearest.max() > 0:
        chosen.append(int(np.minimum(apart, nearest[:, None]).sum(axis=(0, 2)).argmin()))
        nearest = np.minimum(nearest, apart[:, chosen[-1]])
    return np.sort(kept[chosen])


def _distances(segments: Segments, layer: list[int]) -> FloatArray:
    """(T, T) mean squared distances of the views of a layer; 0 of frames that show none of it both."""
    apart, shared = np.zeros((2, len(segments.head), len(segments.head)), np.float32)
    for part in layer:
        views = segments.views[:, part].astype(np.float32)
        square = ((views[:, None] - views) ** 2).sum(axis=2)
        both = np.isfinite(square)
        apart[both] += np.float32(AREAS[part]) * square[both]
        shared += np.float32(AREAS[part]) * both
    return np.asarray(apart / np.maximum(shared, 1e-6), np.float32)


def _sharpest(footage: Footage, segments: Segments, known: Indices, chosen: Indices) -> Indices:
    """Each chosen frame, or the sharpest of those around it that show as many segments."""
    radius = int(NEARBY * float(footage.poses.fps))
    number = (~np.isnan(segments.views).any(axis=2)).sum(axis=1)
    found = []
    for index in chosen.tolist():
        around = [
            t for t in range(max(index - radius, 0), min(index + radius + 1, len(known))) if number[t] >= number[index]
        ]
        sharpness = [_sharpness(footage, int(known[t])) for t in around] if len(around) > 1 else [0.0]
        found.append(around[int(np.argmax(sharpness))])
    return np.unique(found)


def _sharpness(footage: Footage, index: int) -> float:
    """Energy of the Laplacian of the part of a frame that shows the person."""
    grey = cv2.cvtColor(footage.detail(index), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def _cut_out(
    footage: Footage, mask_of: MaskOf, track: SegmentTrack, places: Numbers, index: int
) -> tuple[Cutout, bool, FloatArray | None]:
    """The person of the frame at `index`, tightly cropped, whether a mask of them was found there, and their shadow."""
    frame = footage.full_frame(index)
    plate = footage.full_plate(index)
    mask = mask_of(frame, footage.poses.xy[index])
    opacity = refine_mask(frame, mask, plate, _limbs(track.at(np.array([index])), mask.shape))
    colours = foreground(frame, opacity, plate)
    rgba = np.rint(np.dstack([colours, 255 * opacity])).astype(np.uint8)
    rgba = footage.viewport.cut(rgba, index, empty=True)  # what the frame cuts off is not repeated
    size = stored_size(footage.viewport, index)
    cutout = Cutout(to_canvas(rgba, size), np.array(size) / footage.canvas, np.zeros(2))
    return tighten(cutout), bool(mask.max() > UNKNOWN), shade_around(frame, plate, mask, places[index])


def _limbs(body: Segments, shape: tuple[int, ...]) -> Mask:
    """(H, W) the middles of all segments of one frame, in pixels of which they are measured."""
    drawn, head = np.zeros(shape, np.uint8), float(body.head[0])
    for segment, axis in zip(SEGMENTS, body.axes[0], strict=True):
        if np.isfinite(axis).all() and head > 0:
            (start, end), width = np.rint(axis).astype(int).tolist(), max(1, round(2 * MIDDLE * segment.radius * head))
            cv2.line(drawn, start, end, [1], width)
    return drawn > 0
