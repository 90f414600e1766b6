"""Holes in a picture, filled plainly from around."""

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.types import FloatArray, Frame, Mask

Indices = npt.NDArray[np.intp]

ROUNDS = 20  # of smoothing on each level of the pyramid; the coarser one has left little to smooth
SHIFTS = np.linspace(1, 3, 16)  # that are tried, in widths of the holes
RIM = 9  # pixels: side of the square by which holes are widened to see what lies around them
ROUGH = 1.5  # times what lies around the holes, texture is at most: rougher is a thing that stands beside them
BROAD = 8  # parts of the holes' width: narrower differences are texture, of which
USUAL = 90  # per cent around the holes are less than the most that is taken over: no leaf of a plant that stands beside
LACK = 30.0  # grey levels that a shift counts as worse for which all of the holes would be filled from holes


def fill_holes(image: Frame, known: Mask) -> Frame:
    """Fill what is not known of a picture, RGB (H, W, 3); black if nothing is.

    Walls and floors go on sideways: the texture is that from beside the holes, where it fits their surroundings best.
    By how much it differs from them at the holes' edges is interpolated across the holes and taken off (Pérez, Gangnet
    and Blake, "Poisson image editing", 2003).
    """
    if known.all() or not known.any():
        return np.where(known[..., None], image, np.uint8(0))
    x, y, width, height = cv2.boundingRect((~known).astype(np.uint8))
    reach = round((SHIFTS[-1] + 1) * width)
    region = slice(max(0, y - RIM), y + height + RIM), slice(max(0, x - reach), x + width + reach)
    colours, seen = image[region].astype(np.float32), known[region]
    if not seen.any():  # rows of which nothing at all is known
        region, colours, seen = (slice(None), slice(None)), image.astype(np.float32), known
    texture = interpolate(colours, seen)
    texture = _no_rougher(texture[:, _best_shift(texture, seen, width)], texture, seen, width / BROAD)
    filled = image.copy()
    inside = np.clip(texture + interpolate(colours - texture, seen), 0, 255).round().astype(np.uint8)
    filled[region] = np.where(seen[..., None], image[region], inside)
    return filled


def _no_rougher(texture: FloatArray, around: FloatArray, known: Mask, broad: float) -> FloatArray:
    """The texture, no rougher than the picture around its holes."""
    rim = known & (cv2.dilate((~known).astype(np.uint8), np.ones((2 * RIM + 1,) * 2)) > 0)
    detail, usual = (each - cv2.GaussianBlur(each, (0, 0), broad) for each in (texture, around))
    most = np.percentile(np.abs(usual[rim]), USUAL, axis=0).astype(np.float32)
    return np.asarray(texture - detail + np.clip(detail, -most, most))


def interpolate(image: FloatArray, known: Mask) -> FloatArray:
    """Known pixels, and between them the smoothest surface, found from coarse to fine."""
    height, width = known.shape
    if known.all():
        return image
    if min(known.shape) <= 2:
        smooth = np.broadcast_to(image[known].mean(axis=0), image.shape)
    else:
        half = ((width + 1) // 2, (height + 1) // 2)
        weight = cv2.resize(known.astype(np.float32), half, interpolation=cv2.INTER_AREA)
        total = cv2.resize(image * known[..., None], half, interpolation=cv2.INTER_AREA)
        coarse = np.asarray(total / np.maximum(weight, 1e-6)[..., None], np.float32)
        smooth = cv2.resize(interpolate(coarse, weight > 0), (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(ROUNDS):
        smooth = cv2.blur(np.where(known[..., None], image, smooth), (3, 3), borderType=cv2.BORDER_REPLICATE)
    return np.where(known[..., None], image, smooth)


def _best_shift(texture: FloatArray, known: Mask, width: int) -> Indices:
    """The columns of a picture, shifted sideways so that it goes on best around the holes; unshifted if none fits."""
    rim = known & (cv2.dilate((~known).astype(np.uint8), np.ones((RIM, RIM), np.uint8)) > 0)
    rough = np.abs(texture - cv2.GaussianBlur(texture, (0, 0), RIM / 3)).mean(axis=2)
    most = ROUGH * float(rough[rim].mean())
    columns, last = np.arange(known.shape[1]), known.shape[1] - 1
    best, least = columns, np.inf
    for by in (sign * round(by * width) for by in SHIFTS for sign in (-1, 1)):
        source = (columns + by).clip(0, last)
        lacking = ~known[:, source] | (source != columns + by)
        badness = np.abs(texture - texture[:, source])[rim].mean() + LACK * lacking[~known].mean()
        if badness < least and rough[:, source][~known].mean() <= most:
            best, least = source, badness
    return best
