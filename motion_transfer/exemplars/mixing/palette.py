"""Palettes: the colours of a person's hair, clothes and skin in the light of their footage."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.types import FloatArray, Frame, Image, Numbers

BINS = 32  # of each of red, green and blue
RARE = 2e-5  # share of a person's pixels that any colour may have
COMMON = 1e-2  # share of a person's pixels that have a shade of their skin
REACH = (2.5, 4.0)  # standard deviations of skin's hue at which a colour begins and ceases to be another
LIGHT = (0.35, 1.8)  # how bright skin is, in shares of the usual
LEAST_SPREAD = 0.06  # standard deviation of skin's hue, in logarithms of ratios of colours
LEAST_SKIN = 50  # pixels of faces that tell the colour of skin
DARK = 4.0  # grey levels below which the ratio of colours is noise


class Palette(NamedTuple):
    """The colours of a person."""

    tables: FloatArray
    """(BINS ** 3, 3): how usual a colour is in hair or hat and in clothes, and how far it is that of skin."""
    tone: Numbers | None
    """(3,) the usual colour of skin, RGB in [0, 255]; None of a person who is never seen from the front."""

    def of(self, image: Image) -> FloatArray:
        """Hair, clothes and skin, (3, h, w), of an image (h, w, 4): RGB times opacity, and opacity."""
        return np.asarray(np.moveaxis(self.tables[_bins(unmultiplied(image))], -1, 0))


def find_palette(faces: Frame, heads: Frame, clothes: Frame) -> Palette:
    """The palette of a person from pixels (N, 3) of their face, the rest of the head, and the trunk."""
    histograms = [_histogram(each) for each in (heads, clothes)]
    tone, skin = None, np.zeros(BINS**3, np.float32)
    if len(faces) >= LEAST_SKIN:
        tone, spread = _find_skin(faces)
        bare = _histogram(faces)  # skin is seen beside hair and clothes, too
        histograms = [np.maximum(each - bare, 0) for each in histograms]
        corners = (np.indices((BINS,) * 3).reshape(3, -1).T + 0.5) * (256 / BINS)
        skin = _skin_share(corners, tone, spread) * COMMON / (COMMON + sum(histograms))
    hair, worn = (each + np.float32(RARE) for each in histograms)
    return Palette(np.stack([hair, worn, skin], axis=1).astype(np.float32), tone)


def unmultiplied(image: Image) -> Frame:
    """The colours (h, w, 3) of an image (h, w, 4) without its opacity."""
    opacity = cv2.merge([np.maximum(image[..., 3], 1)] * 3)
    return cv2.divide(np.ascontiguousarray(image[..., :3]), opacity, scale=255).astype(np.uint8, copy=False)


def _find_skin(faces: Frame) -> tuple[Numbers, Numbers]:
    """The usual colour (3,) of faces (N, 3), without eyes and lips, and the spread (2, 2) of its hue."""
    colours = kept = faces.astype(np.float64)
    for _ in range(3):
        tone, spread = np.median(kept, axis=0), np.cov(_hue(kept).T) + LEAST_SPREAD**2 * np.eye(2)
        alike = colours[_skin_share(colours, tone, spread) > 0]
        kept = alike if len(alike) >= LEAST_SKIN else kept
    return tone, spread


def _skin_share(colours: Numbers, tone: Numbers, spread: Numbers) -> Numbers:
    """How far colours (N, 3) have the hue of skin, and a brightness that it may have: (N,) in [0, 1]."""
    away = _hue(colours) - _hue(tone)
    distance = np.sqrt(((away @ np.linalg.inv(spread)) * away).sum(axis=1))
    light = colours.mean(axis=1) / max(tone.mean(), 1.0)
    fits = (light > LIGHT[0]) & (light < LIGHT[1])
    return np.asarray(np.clip((REACH[1] - distance) / (REACH[1] - REACH[0]), 0, 1) * fits)


def _hue(colours: Numbers) -> Numbers:
    """Logarithms of red and blue to green, (..., 2): the same in light and shade."""
    red, green, blue = np.moveaxis(np.log(colours + DARK), -1, 0)
    return np.stack([red - green, blue - green], axis=-1)


def _histogram(colours: Frame) -> FloatArray:
    """How usual each colour is among (N, 3), smoothed: (BINS ** 3,)."""
    counts = np.bincount(_bins(colours), minlength=BINS**3).reshape((BINS,) * 3) / max(len(colours), 1)
    for axis in range(3):
        counts = counts / 2 + (np.roll(counts, -1, axis) + np.roll(counts, 1, axis)) / 4
    return counts.ravel().astype(np.float32)


def _bins(colours: Frame) -> npt.NDArray[np.intp]:
    red, green, blue = np.moveaxis(colours.astype(np.intp) * BINS // 256, -1, 0)
    return np.asarray((red * BINS + green) * BINS + blue)
