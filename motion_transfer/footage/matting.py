"""Mattes: masks refined at the frame's own resolution, and the person's colours without the background's."""

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.footage.masks import MAYBE, REACH, reach_of
from motion_transfer.types import FloatArray, Frame, Mask

SURE = 0.9  # from so much of a mask on a pixel is the person's
INSIDE, EDGE = 1 / 300, 1 / 400
"""How far inside such a mask, and half the width of an edge along which colours mix: in extents of the person."""
ALIKE, GAP = 10, 1 / 400  # grey levels within which it is the plate that shows between limbs; the least width of that
LIKELY = (0.25, 0.75)  # the values of a mask that count as none and as all of the person where colours tell nothing
SOLID = 0.4  # opacity from which a pixel away from any edge is the person's
LEAST_NOISE = 2.0  # grey levels by which a frame differs from the plate at least
SHADOW = (0.45, 1.05)  # how bright, in shares of the plate, a place in shadow is; a darker one is the person's
FAINT = 0.04  # less is nothing, and so much less than all is all


def refine_mask(frame: Frame, mask: FloatArray, plate: Frame, limbs: Mask | None = None) -> FloatArray:
    """The opacity of a person in a frame, (H, W) in [0, 1], from a coarse mask and the empty background.

    Near the mask's edge each pixel is taken for a mixture of the plate's colour there and of the nearest surely
    opaque one: the opacity is its place between both. A colour off that line is the person's, a darker shade of
    the plate is a shadow. Where both colours are alike, the mask decides.

    Args:
        frame: RGB (H, W, 3).
        mask: (H, W) in [0, 1], see `open_masks`.
        plate: of the frame's scene, RGB (H, W, 3).
        limbs: (H, W) where the person is, whatever their colour. What a mask has in between, as between an arm and
            the trunk, may be the plate; without them all that is surely the mask's is the person's.
    """
    opacity = np.zeros(mask.shape, np.float32)
    x, y, width, height = cv2.boundingRect((mask > MAYBE).astype(np.uint8))
    if not width:
        return opacity
    extent = float(np.hypot(width, height))
    border = round(2 * REACH * extent) + 2
    region = slice(max(0, y - border), y + height + border), slice(max(0, x - border), x + width + border)
    within = _shrink(mask > SURE, INSIDE * extent)
    if limbs is not None:
        within &= limbs | ~_like_plate(frame, plate, extent)
    opacity[region] = _refine(frame[region], mask[region], within[region], plate[region], extent)
    return opacity


def foreground(frame: Frame, opacity: FloatArray, plate: Frame) -> FloatArray:
    """The person's colours times the opacity, (H, W, 3) in [0, 255], without what shines through of the plate."""
    share = opacity[..., None]
    return np.clip(frame - (1 - share) * plate, 0, 255 * share)


def _like_plate(frame: Frame, plate: Frame, extent: float) -> Mask:
    """(H, W) where a frame is as the plate, but for what is as wide as a few pixels, and along its edge."""
    alike = (cv2.absdiff(frame, plate).max(axis=2) < ALIKE).astype(np.uint8)
    side = _odd(GAP * extent)
    gaps = cv2.morphologyEx(alike, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return cv2.dilate(gaps, np.ones((side, side), np.uint8)) > 0


def _refine(frame: Frame, mask: FloatArray, within: Mask, plate: Frame, extent: float) -> FloatArray:
    around = reach_of(mask)
    beyond = cv2.absdiff(frame, plate)[~around]
    unit = 2 + max(LEAST_NOISE, 1.5 * float(np.median(beyond)) if beyond.size else 0)
    side = _odd(REACH * extent)
    fade = _ramp(np.asarray(cv2.blur(around.astype(np.float32), (side, side)), np.float32), 0.2, 0.8)
    opacity: FloatArray = within.astype(np.float32)
    # What follows is of the N pixels of the band between: (N,) or colours (N, 3).
    band, solid = around & ~within, within
    prior, fade, behind = _ramp(mask[band], *LIKELY), fade[band], plate[band].astype(np.float32)
    difference = frame[band] - behind
    light = 1 + (difference * behind).sum(1) / np.maximum((behind * behind).sum(1), 1)
    shade = np.linalg.norm(difference + (1 - light)[:, None] * behind, axis=1) < 2.5 * unit
    most = np.where(shade & (light > SHADOW[0]) & (light < SHADOW[1]), prior, 1)
    for blur in (side, 1):  # the second time from the edge that the first one found
        contrast = _nearest(frame, solid, band, blur) - behind
        square = (contrast * contrast).sum(1)
        share = np.clip((difference * contrast).sum(1) / np.maximum(square, 1), 0, 1)
        foreign = _ramp(np.linalg.norm(difference - share[:, None] * contrast, axis=1), 4 * unit, 8 * unit)
        found = np.minimum(np.maximum(share, foreign), most)
        trust = np.maximum(square / (square + (5 * unit) ** 2), foreign)
        opacity[band] = np.where(solid[band], 1, (prior + trust * (found - prior)) * fade)
        solid = within | _shrink(opacity > SOLID, EDGE * extent)
    if within.any():  # what hangs together with nothing of the person is none of it
        islands = cv2.connectedComponents((opacity > FAINT).astype(np.uint8))[1]
        opacity[~np.isin(islands, islands[within])] = 0
    levels = np.rint(255 * np.clip((opacity - FAINT) / (1 - 2 * FAINT), 0, 1)).astype(np.uint8)
    return np.asarray(cv2.medianBlur(levels, 3), np.float32) / 255


def _nearest(frame: Frame, solid: Mask, band: Mask, blur: int) -> FloatArray:
    """Colours around the nearest solid pixel of each in the band, (N, 3), averaged over squares of side `blur`."""
    if not solid.any():
        return frame[band].astype(np.float32)
    weight = solid.astype(np.float32)
    mean = cv2.blur(frame * weight[..., None], (blur, blur))[solid] / cv2.blur(weight, (blur, blur))[solid][:, None]
    labels = cv2.distanceTransformWithLabels((~solid).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[
        1
    ]
    places: npt.NDArray[np.intp] = np.zeros(labels.max() + 1, np.intp)
    places[labels[solid]] = np.arange(len(mean))
    return np.asarray(mean[places[labels[band]]], np.float32)


def _shrink(mask: Mask, by: float) -> Mask:
    side = 2 * max(1, round(by)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.erode(mask.astype(np.uint8), kernel) > 0


def _ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    return np.clip((values - low) / (high - low), 0, 1)


def _odd(length: float) -> int:
    return 2 * max(0, round(length / 2)) + 1
