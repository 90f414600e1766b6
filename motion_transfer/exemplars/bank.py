"""Exemplars: frames of a person's footage, cut out of their background, of which candidates are made for any pose.

The frame with the nearest pose, unchanged, is of little use to a generator, since its limbs lie elsewhere; its parts,
each warped along the limb that it shows, are.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import Pipeline
from motion_transfer.errors import SubjectError
from motion_transfer.files import atomic_path
from motion_transfer.footage.masks import person_mask
from motion_transfer.footage.preprocess import Footage, split_footage
from motion_transfer.limits import SHEET_PIXELS
from motion_transfer.loading import Expected, read_arrays, read_image
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, SegmentTrack
from motion_transfer.pose.normalisation.body import FARTHEST
from motion_transfer.types import Size, StrPath

Cutouts = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]

CUTOUTS, PLACES = "exemplars.png", "exemplars.npz"
REMEDY = "Copy the subject's folder again, or train again."

DIFFERENCE = (15.0, 45.0)
"""Grey levels by which a pixel differs from the plate: less is background, more is person."""
OUTLINE = 1 / 240
"""Softness of the outline, as a share of the canvas's height: recorded and compressed frames differ at the edges."""


@dataclass(frozen=True, eq=False)
class ExemplarBank:
    """K frames of a person on the canvas, without the background, and where the body's segments lie in them."""

    cutouts: Cutouts
    """(K, H, W, 4) RGB, black as far as transparent, and opacity: nothing of the background is kept."""
    segments: Segments
    """Of the K frames, in pixels of the canvas."""
    instants: Indices
    """(K,) which frames of the footage they are."""

    def __len__(self) -> int:
        return len(self.cutouts)


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
    cutouts = np.stack([_cut_out(footage, index) for index in known[chosen].tolist()])
    return ExemplarBank(cutouts, segments.at(chosen), known[chosen])


def save_exemplars(folder: StrPath, exemplars: ExemplarBank) -> None:
    """Write exemplars as one image of all cutouts, one below the other, and an archive of segments."""
    folder = Path(folder)
    sheet = exemplars.cutouts.reshape(-1, *exemplars.cutouts.shape[2:])
    with atomic_path(folder / CUTOUTS) as path:
        path.write_bytes(cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGBA2BGRA))[1].tobytes())
    with atomic_path(folder / PLACES) as path, path.open("wb") as file:
        places = {name: each.astype(np.float32) for name, each in exemplars.segments._asdict().items()}
        np.savez_compressed(file, instants=exemplars.instants, **places)


def load_exemplars(folder: StrPath, canvas: Size) -> ExemplarBank:
    """Read what `save_exemplars` wrote.

    Raises:
        SubjectError: a file is missing, damaged, or does not fit the canvas or the other one.
    """
    folder, (width, height) = Path(folder), canvas
    expected = Expected(f"a sheet of cutouts of {width} x {height} pixels", SubjectError, REMEDY)
    sheet = read_image(folder / CUTOUTS, expected, alpha=True, side=SHEET_PIXELS, pixels=SHEET_PIXELS)
    if sheet.shape[1] != width or sheet.shape[0] % height:
        expected.refuse(folder / CUTOUTS, f"has {sheet.shape[1]} x {sheet.shape[0]} pixels")
    cutouts = sheet.reshape(-1, height, width, 4)
    count, parts = len(cutouts), len(SEGMENTS)
    shapes = {"axes": (count, parts, 2, 2), "head": (count,), "views": (count, parts, 5), "depth": (count, parts)}
    expected = Expected(f"the segments of {count} exemplars", SubjectError, REMEDY)
    arrays = read_arrays(folder / PLACES, expected)
    try:
        places = {name: arrays[name].astype(np.float64).reshape(shape) for name, shape in shapes.items()}
        instants = arrays["instants"].astype(np.int64).reshape(count)
    except (ValueError, KeyError) as error:
        expected.refuse(folder / PLACES, f"is damaged ({error})", error)
    segments = Segments(**places)
    if not _plausible(segments, instants):
        expected.refuse(folder / PLACES, "is damaged: numbers in it are missing, infinite or beyond any frame")
    return ExemplarBank(cutouts, segments, instants)


def _plausible(places: Segments, instants: Indices) -> bool:
    """Whether numbers are missing only together: both of a joint, and of a segment's view where one of its ends is."""
    missing = np.isnan(places.axes)
    unseen = missing.any(axis=(2, 3))
    together = (missing[..., 0] == missing[..., 1]).all()
    together &= (np.isnan(places.views) == unseen[..., None] * (np.arange(5) < 2)).all()
    complete = not np.isnan(places.depth).any() and bool((places.head > 0).all()) and bool((instants >= 0).all())
    largest = max(np.nan_to_num(np.abs(each), nan=0).max(initial=0) for each in places)
    return bool(together and complete and largest < FARTHEST)


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


def _cut_out(footage: Footage, index: int) -> Cutouts:
    """The frame at `index` with the background transparent: RGB times opacity, and opacity, (H, W, 4)."""
    frame = footage.frame(index)
    apart = np.abs(frame.astype(np.float32) - footage.plate(index)).max(axis=2)
    blur = max(OUTLINE * len(frame), 0.5)
    low, high = DIFFERENCE
    # A closing fills the holes where clothes have the background's colour.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(3 * blur) | 1, round(3 * blur) | 1))
    apart = cv2.morphologyEx(cv2.GaussianBlur(apart, (0, 0), blur), cv2.MORPH_CLOSE, kernel)
    here = np.array([index])
    xy = footage.viewport[here].points(footage.poses.xy[here])[0].astype(np.float32)
    around = person_mask(xy, footage.poses.skeleton.body_bones, footage.canvas)
    opacity = np.clip((apart - low) / (high - low), 0, 1) * around
    cutout: Cutouts = np.rint(np.dstack([frame * opacity[..., None], 255 * opacity])).astype(np.uint8)
    return cutout
