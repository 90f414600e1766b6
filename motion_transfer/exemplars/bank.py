"""What a person looks like: some frames of their footage, cut out, from which a collage is made for any pose.

The nearest frame as it is gains a generator nothing, since nothing of it lies where the pose wants it; its pieces,
each laid along the limb that it shows, do.
"""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import Pipeline
from motion_transfer.errors import SubjectError
from motion_transfer.files import atomic_path
from motion_transfer.footage.plate import person_mask
from motion_transfer.footage.preprocess import Footage, split_footage
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, segments_of
from motion_transfer.pose.geometry.viewport import Viewport

Cutouts = npt.NDArray[np.uint8]

PICTURE, PLACES = "exemplars.png", "exemplars.npz"

DIFFERENCE = (15.0, 45.0)
"""Grey levels by which a pixel differs from the empty room: less is room, more is person."""
OUTLINE = 1 / 240
"""Softness of the outline, as a share of the canvas's height: what is filmed and compressed differs at the edges."""


@dataclass(frozen=True, eq=False)
class ExemplarBank:
    """K frames of a person on the canvas, without the room, and where the body's segments lie in them."""

    cutouts: Cutouts
    """(K, H, W, 4) RGB, black as far as transparent, and opacity: of the room nothing is kept."""
    segments: Segments
    """Of the K frames, in pixels of the canvas."""
    instants: npt.NDArray[np.int64]
    """(K,) which frames of the footage they are."""

    def __len__(self) -> int:
        return len(self.cutouts)


def select_exemplars(footage: Footage, pipeline: Pipeline) -> ExemplarBank | None:
    """Choose the frames of some footage that show the person as differently as possible, and cut them out.

    Returns:
        `model.exemplars` of those that are not held out, or fewer where there are not so many; None for 0.
    """
    if not pipeline.model.exemplars:
        return None
    frames, _ = split_footage(len(footage.poses), pipeline.train.held_out)
    segments = on_canvas(segments_of(footage.poses), footage.viewport)
    chosen = _spread(segments, np.array(frames), pipeline.model.exemplars)
    cutouts = [_cut_out(footage, int(index)) for index in chosen]
    empty = np.zeros((0, footage.canvas[1], footage.canvas[0], 4), np.uint8)
    return ExemplarBank(np.stack(cutouts) if cutouts else empty, segments.at(chosen), chosen)


def on_canvas(segments: Segments, viewport: Viewport) -> Segments:
    """Segments of frames, in pixels of the canvas."""
    heights = viewport.boxes[:, 3] - viewport.boxes[:, 1]
    return segments._replace(axes=viewport.points(segments.axes), head=segments.head * viewport.canvas[1] / heights)


def save_exemplars(folder: Path, exemplars: ExemplarBank) -> None:
    """Write a person's looks as a picture of all cutouts, one below the other, and an archive of places."""
    sheet = exemplars.cutouts.reshape(-1, *exemplars.cutouts.shape[2:])
    with atomic_path(folder / PICTURE) as path:
        path.write_bytes(cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGBA2BGRA))[1].tobytes())
    with atomic_path(folder / PLACES) as path, path.open("wb") as file:
        places = {name: each.astype(np.float32) for name, each in exemplars.segments._asdict().items()}
        np.savez_compressed(file, instants=exemplars.instants, **places)


def load_exemplars(folder: Path, canvas: tuple[int, int]) -> ExemplarBank:
    """Read what `save_exemplars` wrote.

    Raises:
        SubjectError: a file is missing, damaged, or does not fit the canvas or the other one.
    """
    picture = folder / PICTURE
    sheet = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED) if picture.is_file() else None
    width, height = canvas
    if sheet is None or sheet.ndim != 3 or sheet.shape[1:] != (width, 4) or sheet.shape[0] % height:
        raise SubjectError(
            f"{picture} is missing, damaged or no sheet of cutouts of {width} x {height} pixels. Get the folder anew."
        )
    cutouts = cv2.cvtColor(sheet, cv2.COLOR_BGRA2RGBA).reshape(-1, height, width, 4).astype(np.uint8, copy=False)
    count, parts = len(cutouts), len(SEGMENTS)
    shapes = {"axes": (count, parts, 2, 2), "head": (count,), "views": (count, parts, 5), "depth": (count, parts)}
    try:
        with (folder / PLACES).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            places = {name: archive[name].astype(np.float64).reshape(shape) for name, shape in shapes.items()}
            instants = archive["instants"].astype(np.int64).reshape(count)
    except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise SubjectError(f"{folder / PLACES} is missing or damaged ({error}). Get the folder anew.") from error
    return ExemplarBank(cutouts, Segments(**places), instants)


def _spread(segments: Segments, frames: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Up to `count` frames whose views are far from each other: each next one is the farthest from all before.

    A segment that is not seen says nothing; frames that lack more of them than is usual are left out.
    """
    views = segments.views[frames]
    seen = ~np.isnan(views).any(axis=2) & (segments.head[frames] > 0)[:, None]
    whole = seen.sum(axis=1)
    if not len(whole) or not whole.any():
        return frames[:0]
    kept = np.flatnonzero(whole >= np.median(whole[whole > 0]))
    views = np.where(seen[kept][..., None], views[kept], 0).reshape(len(kept), -1)
    chosen = [int(np.linalg.norm(views - np.median(views, axis=0), axis=1).argmin())]
    nearest = np.linalg.norm(views - views[chosen[0]], axis=1)
    while len(chosen) < min(count, len(kept)) and nearest.max() > 0:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(views - views[chosen[-1]], axis=1))
    return np.sort(frames[kept[chosen]])


def _cut_out(footage: Footage, index: int) -> Cutouts:
    """The frame at `index` with the room made transparent: RGB times opacity, and opacity, (H, W, 4)."""
    frame = footage.frame(index)
    apart = np.abs(frame.astype(np.float32) - footage.plate(index)).max(axis=2)
    blur = max(OUTLINE * len(frame), 0.5)
    low, high = DIFFERENCE
    # A closing fills the holes where clothes have the room's colour.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(3 * blur) | 1, round(3 * blur) | 1))
    apart = cv2.morphologyEx(cv2.GaussianBlur(apart, (0, 0), blur), cv2.MORPH_CLOSE, kernel)
    here = np.array([index])
    xy = footage.viewport[here].points(footage.poses.xy[here])[0].astype(np.float32)
    around = person_mask(xy, footage.poses.skeleton.body_bones, footage.canvas)
    opacity = np.clip((apart - low) / (high - low), 0, 1) * around
    cutout: Cutouts = np.rint(np.dstack([frame * opacity[..., None], 255 * opacity])).astype(np.uint8)
    return cutout
