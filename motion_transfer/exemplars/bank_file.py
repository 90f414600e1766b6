"""The file of an exemplar bank: one archive of numbers and WebP pictures that a subject's folder holds."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.errors import SubjectError
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout
from motion_transfer.files import atomic_path
from motion_transfer.footage.shadow import no_shadow
from motion_transfer.limits import EXEMPLAR_PIXELS
from motion_transfer.loading import Expected, decode_image, read_arrays
from motion_transfer.pose.geometry.segments import SEGMENTS, VIEW, Segments
from motion_transfer.pose.normalisation.body import FARTHEST
from motion_transfer.types import Image, Indices, Numbers, Size, StrPath

FILE = "exemplars.npz"
REMEDY = "Copy the subject's folder again, or train again."
QUALITY = 95  # of WebP: the person's pixels keep their grain, and 192 cutouts take some MB
FINEST = 64.0  # pixels of a cutout to one of the canvas at most


def save_exemplars(folder: StrPath, bank: ExemplarBank) -> None:
    """Write a bank as one archive: the cutouts as WebP with opacity, their places, and the segments."""
    images = [_encode(cutout.image) for cutout in bank.cutouts]
    arrays = {name: each.astype(np.float32) for name, each in bank.segments._asdict().items()}
    arrays |= {name: np.stack([getattr(each, name) for each in bank.cutouts]) for name in ("scale", "origin")}
    with atomic_path(Path(folder) / FILE) as path, path.open("wb") as file:
        np.savez(
            file,
            instants=bank.instants,
            shadow=bank.shadow,
            images=np.concatenate(images),
            lengths=np.array([len(image) for image in images], np.int64),
            **arrays,
        )


def load_exemplars(folder: StrPath, canvas: Size) -> ExemplarBank:
    """Read what `save_exemplars` wrote.

    Raises:
        SubjectError: the file is missing, damaged, too large, or of another canvas.
    """
    path = Path(folder) / FILE
    expected = Expected("the exemplars of a subject", SubjectError, REMEDY)
    arrays = read_arrays(path, expected)
    try:
        count, parts = len(arrays["lengths"]), len(SEGMENTS)
        shapes = {
            "axes": (count, parts, 2, 2),
            "head": (count,),
            "views": (count, parts, VIEW),
            "depth": (count, parts),
        }
        # Other types of numbers than those written are refused, lest NaN becomes an integer.
        floats = {name: arrays[name].astype(np.float64, casting="same_kind") for name in (*shapes, "scale", "origin")}
        segments = Segments(**{name: floats[name].reshape(shape) for name, shape in shapes.items()})
        scale, origin = (floats[name].reshape(count, 2) for name in ("scale", "origin"))
        instants, lengths = (
            arrays[name].astype(np.int64, casting="same_kind").reshape(count) for name in ("instants", "lengths")
        )
        shadow = arrays["shadow"].astype(np.uint8, casting="no").reshape(no_shadow().shape)
        images = arrays["images"].astype(np.uint8, casting="no").reshape(lengths.sum())
    except (ValueError, KeyError, TypeError) as error:
        expected.refuse(path, f"is damaged ({error})", error)
    if not count or (lengths <= 0).any() or not _plausible(segments, instants, scale, origin):
        expected.refuse(path, "is damaged: numbers in it are missing, infinite or beyond any frame")
    left, cutouts = EXEMPLAR_PIXELS, []
    for data, each_scale, each_origin in zip(np.split(images, lengths.cumsum()[:-1]), scale, origin, strict=True):
        image = decode_image(data.tobytes(), path, expected, alpha=True, pixels=left)
        left -= image.shape[0] * image.shape[1]
        beyond = each_origin < -each_scale, each_origin + image.shape[1::-1] > each_scale * (np.array(canvas) + 1)
        if np.any(beyond):
            expected.refuse(path, f"holds a cutout that lies outside the canvas of {canvas[0]} x {canvas[1]} pixels")
        cutouts.append(Cutout(np.minimum(image, image[..., 3:]), each_scale, each_origin))
    return ExemplarBank(tuple(cutouts), segments, instants, canvas, shadow)


def _plausible(places: Segments, instants: Indices, scale: Numbers, origin: Numbers) -> bool:
    """Whether numbers are missing only together: both of a joint, and with one of its ends a segment's view."""
    missing = np.isnan(places.axes)
    unseen = missing.any(axis=(2, 3))
    together = (missing[..., 0] == missing[..., 1]).all()
    untold = np.isnan(places.views)
    together &= (untold[..., [0, 1, -1]].all(axis=2) == untold.any(axis=2)).all() and untold[unseen].any(axis=1).all()
    complete = not np.isnan(places.depth).any() and bool((places.head > 0).all()) and bool((instants >= 0).all())
    complete &= bool(((scale > 1 / FINEST) & (scale < FINEST)).all()) and bool(np.isfinite(origin).all())
    largest = max(np.nan_to_num(np.abs(each), nan=0).max(initial=0) for each in places)
    return bool(together and complete and largest < FARTHEST)


def _encode(image: Image) -> npt.NDArray[np.uint8]:
    """WebP with opacity, as bytes."""
    options = [cv2.IMWRITE_WEBP_QUALITY, QUALITY]
    encoded = cv2.imencode(".webp", cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA), options)[1]
    return encoded.reshape(-1).astype(np.uint8, copy=False)
