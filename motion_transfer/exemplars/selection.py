"""Which frames of the footage become exemplars: those that show the person from as many sides as possible, sharply."""

import cv2
import numpy as np

from motion_transfer.config import Pipeline
from motion_transfer.errors import SubjectError
from motion_transfer.exemplars.bank import Cutout, ExemplarBank, Indices, tighten
from motion_transfer.footage.masks import UNKNOWN, MaskOf, open_masks
from motion_transfer.footage.matting import foreground, refine_mask
from motion_transfer.footage.preprocess import Footage, split_footage, stored_size
from motion_transfer.pose.geometry.segments import Segments, SegmentTrack
from motion_transfer.pose.geometry.viewport import to_canvas

NEARBY = 0.1  # seconds within which a sharper frame replaces a chosen one


def select_exemplars(footage: Footage, pipeline: Pipeline) -> ExemplarBank | None:
    """Choose the frames of some footage that show the person as differently as possible, and cut them out.

    Returns:
        `model.exemplars` of the frames that are not held out, or fewer where they are too alike; None for 0.

    Raises:
        SubjectError: no segment of the body can be measured in any of these frames.
    """
    if not pipeline.model.exemplars:
        return None
    known = np.array(split_footage(len(footage.poses), pipeline.train.held_out)[0])
    segments = SegmentTrack(footage.poses, footage.viewport).at(known)
    chosen = _most_different(segments, pipeline.model.exemplars)
    if not len(chosen):
        raise SubjectError(
            f"no segment of the body can be measured in any of the {len(known)} frames to learn from, so there is "
            "nothing to take exemplars from. Give footage that shows the person from head to feet, or set "
            "`model.exemplars` to 0."
        )
    chosen = _sharpest(footage, segments, known, chosen)
    with open_masks(footage.poses.size, pipeline.pose) as mask_of:
        masked = [_cut_out(footage, index, mask_of) for index in known[chosen].tolist()]
    # A body that is not found again where the pose says that it is has a wrong pose.
    sure = [found for _, found in masked] if any(found for _, found in masked) else [True] * len(masked)
    chosen, cutouts = chosen[sure], tuple(cutout for (cutout, _), kept in zip(masked, sure, strict=True) if kept)
    return ExemplarBank(cutouts, segments.at(chosen), known[chosen], footage.canvas)


def _most_different(segments: Segments, count: int) -> Indices:
    """Up to `count` frames whose views are far from each other: each next one is the farthest from all before.

    A segment that is not measured counts nothing; frames that lack more of them than is usual are left out.
    """
    seen = ~np.isnan(segments.views).any(axis=2) & (segments.head > 0)[:, None]
    number = seen.sum(axis=1)
    if not number.any():
        return np.empty(0, np.int64)
    kept = np.flatnonzero(number >= np.median(number[number > 0]))
    views = np.where(seen[kept][..., None], segments.views[kept], 0).reshape(len(kept), -1)
    chosen = [int(np.linalg.norm(views - np.median(views, axis=0), axis=1).argmin())]
    nearest = np.linalg.norm(views - views[chosen[0]], axis=1)
    while len(chosen) < min(count, len(kept)) and nearest.max() > 0:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(views - views[chosen[-1]], axis=1))
    return np.sort(kept[chosen])


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


def _cut_out(footage: Footage, index: int, mask_of: MaskOf) -> tuple[Cutout, bool]:
    """The person of the frame at `index`, tightly cropped, and whether a mask of them was found there."""
    frame = footage.full_frame(index)
    plate = footage.full_plate(index)
    mask = mask_of(frame, footage.poses.xy[index])
    opacity = refine_mask(frame, mask, plate)
    colours = foreground(frame, opacity, plate)
    rgba = footage.viewport.cut(np.rint(np.dstack([colours, 255 * opacity])).astype(np.uint8), index)
    size = stored_size(footage.viewport, index)
    cutout = Cutout(to_canvas(rgba, size), np.array(size) / footage.canvas, np.zeros(2))
    return tighten(cutout), bool(mask.max() > UNKNOWN)
