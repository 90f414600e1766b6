"""Heads: which pixels of an exemplar are its head, with hair and hat.

A line under the chin divides face and neck. Hair falls below it, and shoulders rise above: there a pixel is the head's
if its colour is more usual in the person's hair than in their clothes, and the more so the nearer it lies.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.exemplars.axes import SHORTEST
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout
from motion_transfer.exemplars.mixing.palette import COMMON, Palette, find_palette
from motion_transfer.pose.geometry.segments import ARMS, HEAD_SEGMENT, TRUNK
from motion_transfer.types import FloatArray, Image, Mask

CHIN = 0.46  # heights of the head from its middle to the line between face and neck
SKULL = 0.58  # radius of a head without loose hair, in the same unit
NEAR = 0.55  # distance from the skull over which hair becomes rare
FACE_EDGE = (0.56, 0.44)  # distances from the middle of the head at which skin is none of the face, and all of it
FACE = 0.28  # radius of the part of a face that is mostly skin
FRONTAL = 0.7  # cosine of the angle up to which a face is seen from the front
CHEST = -1.2  # how far up the clothes are from which their colours are taken
SOLID = 230  # opacity of pixels whose colour is that of the person alone
SOFT = 0.035  # half the width of the line
BELOW, ABOVE = 0.3, 0.97  # how likely a pixel near the skull is the head's by its place, below the line and above it
BEHIND_ARM = 0.4  # the same where an arm is, in shares of that


class HeadFrame(NamedTuple):
    """Pixels of an exemplar, seen from its head. Lengths are in heights of the head."""

    up: FloatArray
    """(h, w) from the middle of the head along the axis from the neck to there."""
    aside: FloatArray
    """(h, w) across it."""
    trunk: FloatArray
    """(h, w) in [0, 1]: how far a pixel is the trunk's by its place."""
    arms: FloatArray
    """(h, w) the same of the arms."""

    @property
    def distance(self) -> FloatArray:
        """(h, w) from the middle of the head."""
        return np.hypot(self.up, self.aside)


def head_measured(bank: ExemplarBank) -> Mask:
    """(K,) in which exemplars the head is measured."""
    unknown = np.isnan(bank.segments.axes[:, HEAD_SEGMENT]).any(axis=(1, 2))
    return np.asarray(~unknown & (bank.segments.head > 0))


def head_axis(bank: ExemplarBank, k: int) -> tuple[FloatArray, FloatArray]:
    """The middle of exemplar k's head, on the canvas, and the direction (2,) from its neck to there."""
    neck, middle = bank.segments.axes[k, HEAD_SEGMENT].astype(np.float32)
    length = np.linalg.norm(middle - neck)
    if length < SHORTEST * bank.segments.head[k]:  # it points at the camera
        return middle, np.array([0, -1], np.float32)
    return middle, (middle - neck) / length


def head_frame(bank: ExemplarBank, k: int, cutout: Cutout) -> HeadFrame:
    """The pixels of a cutout of exemplar k, seen from its head, which must be measured."""
    x, y = cutout.grid.points()
    middle, up = head_axis(bank, k)
    dx, dy = ((each - place) / np.float32(bank.segments.head[k]) for each, place in zip((x, y), middle, strict=True))
    masks = bank.masks(k)
    labels = masks.labels
    trunk, arms = (
        masks.look_up(np.uint8(255) * there, *np.broadcast_arrays(x, y))
        for there in (labels == TRUNK, np.isin(labels, ARMS))
    )
    return HeadFrame(dx * up[0] + dy * up[1], dx * up[1] - dy * up[0], trunk, arms)


def palette_of(bank: ExemplarBank) -> Palette:
    """The colours of a person from all exemplars of which the head is measured."""
    faces, heads, clothes = ([np.empty((0, 3), np.uint8)] for _ in range(3))
    for k in np.flatnonzero(head_measured(bank)).tolist():
        image, frame = bank.small[k].image, head_frame(bank, k, bank.small[k])
        solid = image[..., 3] >= SOLID
        colours, distance = image[..., :3], frame.distance
        inner = (distance < FACE) & (frame.up < 0.1)
        cosine, sine = bank.segments.views[k, HEAD_SEGMENT, 2:4]
        if cosine > FRONTAL * np.hypot(cosine, sine):
            faces.append(colours[solid & inner & (frame.arms < 0.5)])
        heads.append(colours[solid & (distance < SKULL) & (frame.up > -CHIN) & (frame.arms < 0.5)])
        clothes.append(colours[solid & (frame.trunk > 0.5) & (frame.up < CHEST)])
    return find_palette(*map(np.concatenate, (faces, heads, clothes)))


def head_matte(image: Image, frame: HeadFrame, palette: Palette, pixels: float) -> FloatArray:
    """How far each pixel of an exemplar (h, w, 4) is its head's, with hair and hat: (h, w) in [0, 1].

    Args:
        image: RGB times opacity, and opacity.
        frame: its pixels, seen from the head.
        palette: the person's.
        pixels: height of the head in it.
    """
    distance = frame.distance
    above = np.clip((frame.up + CHIN + SOFT) / (2 * SOFT), 0, 1)
    near = np.exp(-((np.maximum(distance - SKULL, 0) / NEAR) ** 2))
    near = near * (BELOW + (ABOVE - BELOW) * above) * (1 - (1 - BEHIND_ARM) * frame.arms)
    hair, clothes, skin = palette.of(image)
    skin = COMMON * skin
    face = skin * above * (1 - frame.arms) * np.clip((FACE_EDGE[0] - distance) / (FACE_EDGE[0] - FACE_EDGE[1]), 0, 1)
    hair, other = np.maximum(hair, face), np.maximum(clothes, skin - face)
    share = np.asarray(near * hair / (near * hair + (1 - near) * other), np.float32)
    share = soften(share, SOFT * pixels)
    there = (share > 0.5) & (image[..., 3] > 0)
    return share * _connected(there, there & (above > 0.5) & (distance < SKULL), pixels)


def soften(values: FloatArray, radius: float) -> FloatArray:
    """Values (h, w) blurred by so many pixels, a little at least."""
    return np.asarray(cv2.GaussianBlur(values, (0, 0), max(radius, 0.3)), np.float32)


def disk(radius: float) -> npt.NDArray[np.uint8]:
    """A round kernel of morphology; its radius is rounded to pixels."""
    side = 2 * round(radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)).astype(np.uint8, copy=False)


def _connected(there: Mask, seeds: Mask, pixels: float) -> FloatArray:
    """Where a mask hangs together with seeds by more than a thread, (h, w) with a soft edge."""
    opened = cv2.morphologyEx(there.astype(np.uint8), cv2.MORPH_OPEN, disk(SOFT * pixels))
    parts = cv2.connectedComponents(opened)[1]
    found = np.isin(parts, np.setdiff1d(parts[seeds], 0)).astype(np.float32)
    return soften(np.asarray(cv2.dilate(found, disk(2 * SOFT * pixels)), np.float32), SOFT * pixels / 2)
