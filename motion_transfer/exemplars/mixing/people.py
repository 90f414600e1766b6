"""Exemplars mixed of two people: the head of one on the body of the other, whose skin takes the first one's tone."""

import cv2
import numpy as np

from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout, reframe, shrink, tighten
from motion_transfer.exemplars.matching import view_distances
from motion_transfer.exemplars.mixing.heads import (
    CHIN,
    SKULL,
    SOFT,
    SOLID,
    HeadFrame,
    disk,
    head_axis,
    head_frame,
    head_matte,
    head_measured,
    palette_of,
    soften,
)
from motion_transfer.exemplars.mixing.palette import Palette
from motion_transfer.footage.filling import interpolate
from motion_transfer.pose.geometry.segments import HEAD_SEGMENT
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import FloatArray, Image, Indices

REACH = 2.2  # heights of the head around its middle within which hair is looked for
HIDDEN = 4.0  # squared distance of views that a head counts as worse of which arms hide all
BLURRED = 0.3  # the same of one that is e times less sharp
WISPS = 0.06  # heights of the head around hair in which single hairs are
NECK = 0.23  # radius of a neck
COLLAR = -0.85  # where clothes begin above which hair is, above the middle of the head
BUST = -1.5  # down to where the trunk may be bare


def mix_exemplars(
    face: ExemplarBank, clothes: ExemplarBank, enlarge: float = 1.0, progress: ProgressCallback = no_progress
) -> ExemplarBank:
    """The exemplars of one person with the head of another.

    Args:
        face: of the person whose head it is, with hair and hat.
        clothes: of the other.
        enlarge: by how much the head is larger, relative to the body, than it is on its own.
        progress: called with (stage, done, total).

    Returns:
        On the canvas and at the resolution of `clothes`, without those from whose side `face` shows no head.
    """
    chosen = _best_heads(face, clothes)
    kept = np.flatnonzero(chosen >= 0)
    chosen = chosen[kept]
    palettes = palette_of(face), palette_of(clothes)
    pairs = track(list(zip(kept.tolist(), chosen.tolist(), strict=True)), "mixing", len(kept), progress)
    cutouts = tuple(_mix(face, j, clothes, k, palettes, enlarge) for k, j in pairs)
    segments = clothes.segments.at(kept)
    segments.views[:, HEAD_SEGMENT, 2:4] = face.segments.views[chosen, HEAD_SEGMENT, 2:4]
    return ExemplarBank(cutouts, segments, clothes.instants[kept], clothes.canvas, clothes.shadow)


def _best_heads(face: ExemplarBank, clothes: ExemplarBank) -> Indices:
    """(K,) the exemplar of `face` whose head is seen most as in each of `clothes`, sharp and not behind an arm.

    -1 where none is seen from less than a sixth of a turn away.
    """
    worse = np.full(len(face), np.inf)
    for k in np.flatnonzero(head_measured(face)).tolist():
        cutout = face.small[k]
        frame = head_frame(face, k, cutout)
        skull = (frame.distance < SKULL) & (cutout.image[..., 3] > 0)
        if skull.any():
            grey = cv2.cvtColor(cutout.image[..., :3], cv2.COLOR_RGB2GRAY)
            sharpness = np.log(cv2.Laplacian(grey, cv2.CV_32F)[skull].var() + 1) / 2
            worse[k] = HIDDEN * frame.arms[skull].mean() - BLURRED * sharpness
    turns = [bank.segments.views[:, HEAD_SEGMENT, 2:4] for bank in (clothes, face)]
    distances = view_distances(clothes.segments, face.segments)[:, HEAD_SEGMENT] + worse
    lengths = np.outer(*(np.linalg.norm(each, axis=1) for each in turns))
    distances[turns[0] @ turns[1].T <= lengths / 2] = np.inf
    return np.where(np.isfinite(distances.min(axis=1)), distances.argmin(axis=1), -1)


def _mix(
    face: ExemplarBank, j: int, clothes: ExemplarBank, k: int, palettes: tuple[Palette, Palette], enlarge: float
) -> Cutout:
    """Exemplar k of the clothes with the head of exemplar j of the face."""
    toned = clothes.cutouts[k]._replace(image=_in_tone(clothes, k, palettes))
    cutout = _around_head(clothes, k, toned)
    original = _around_head(clothes, k, clothes.cutouts[k]).image
    frame = head_frame(clothes, k, cutout)
    pixels = _pixels(clothes, k, cutout)
    matte = head_matte(original, frame, palettes[1], pixels)
    gone = np.maximum(matte, np.clip(2 * cv2.dilate(matte, disk(WISPS * pixels)), 0, 1) * (1 - frame.arms))
    body = cutout.image.astype(np.float32)
    bare = body * (1 - gone[..., None])
    head, neck = _placed(face, j, palettes[0], clothes, k, cutout, enlarge)
    hidden = _over(_clothes_behind(body, gone, frame), _over(neck, _neck_behind(neck, palettes[0], body, gone, frame)))
    before = frame.arms * bare[..., 3] / 255
    mixed = _over(head * (1 - before)[..., None], _over(bare, hidden))
    return tighten(_pasted(toned, cutout._replace(image=np.rint(mixed).clip(0, 255).astype(np.uint8))))


def _in_tone(bank: ExemplarBank, k: int, palettes: tuple[Palette, Palette]) -> Image:
    """Exemplar k, (h, w, 4), with its skin in the tone of the first palette instead of the second."""
    image, (wanted, known) = bank.cutouts[k].image, palettes
    if wanted.tone is None or known.tone is None:
        return image
    frame = head_frame(bank, k, bank.cutouts[k])
    share = known.of(image)[2] * (1 - frame.trunk * (frame.up < BUST))
    share = soften(share, SOFT * _pixels(bank, k, bank.cutouts[k]) / 2)
    gain = 1 + share[..., None] * (wanted.tone / known.tone - 1).astype(np.float32)
    colours = np.minimum(image[..., :3] * gain, image[..., 3:])
    return np.dstack([np.rint(colours).astype(np.uint8), image[..., 3]])


def _placed(
    face: ExemplarBank, j: int, palette: Palette, clothes: ExemplarBank, k: int, onto: Cutout, enlarge: float
) -> tuple[FloatArray, FloatArray]:
    """Head and neck of exemplar j where those of exemplar k are: (h, w, 4) each, of the size of the cutout `onto`."""
    (before, up), (after, wanted) = head_axis(face, j), head_axis(clothes, k)
    size = enlarge * clothes.segments.head[k] / face.segments.head[j]
    cutout = _around_head(face, j, face.cutouts[j])
    cutout = shrink(cutout, np.minimum(size * onto.scale / cutout.scale, 1))
    frame = head_frame(face, j, cutout)
    matte = head_matte(cutout.image, frame, palette, _pixels(face, j, cutout))
    throat = (np.abs(frame.aside) < 1.5 * NECK) & (frame.up < -0.7 * CHIN) & (frame.up > COLLAR)
    neck = palette.of(cutout.image)[2] * throat
    neck = np.asarray(cv2.erode(neck * (1 - frame.arms), disk(SOFT * _pixels(face, j, cutout))), np.float32)
    cosine, sine = up @ wanted, up[0] * wanted[1] - up[1] * wanted[0]
    linear = np.diag(onto.scale) @ (size * np.array([[cosine, -sine], [sine, cosine]])) @ np.diag(1 / cutout.scale)
    shift = after * onto.scale - onto.origin - linear @ (before * cutout.scale - cutout.origin - 0.5) - 0.5
    matrix = np.concatenate([linear, shift[:, None]], axis=1)

    def place(share: FloatArray) -> FloatArray:
        image = cutout.image * share[..., None]
        placed = cv2.warpAffine(image, matrix, onto.image.shape[1::-1], flags=cv2.INTER_CUBIC).clip(0, 255)
        return np.asarray(np.minimum(placed, placed[..., 3:]), np.float32)

    return place(matte), place(neck)


def _neck_behind(
    neck: FloatArray, palette: Palette, body: FloatArray, gone: FloatArray, frame: HeadFrame
) -> FloatArray:
    """A neck of one colour, that of another (h, w, 4), where hair hid both people's: (h, w, 4)."""
    colour = np.median(neck[neck[..., 3] > SOLID], axis=0)[:3] if (neck[..., 3] > SOLID).any() else palette.tone
    if colour is None:
        return np.zeros_like(body)
    share = gone * (frame.up < 0) * (frame.up > -1) * np.clip((NECK - np.abs(frame.aside)) / SOFT, 0, 1)
    return np.asarray((share * body[..., 3] / 255)[..., None] * np.append(colour, 255), np.float32)


def _clothes_behind(body: FloatArray, gone: FloatArray, frame: HeadFrame) -> FloatArray:
    """What hair hid of clothes, filled from around: (h, w, 4)."""
    low = (frame.up < COLLAR) * (1 - frame.arms)
    known = (gone == 0) & (body[..., 3] > SOLID) & (low == 1)
    if not known.any():
        return np.zeros_like(body)
    colours = interpolate(np.where(known[..., None], body[..., :3], 0), known)
    opacity = (gone * frame.trunk * low * body[..., 3])[..., None]
    return np.concatenate([colours * opacity / 255, opacity], axis=2)


def _over(image: FloatArray, under: FloatArray) -> FloatArray:
    """An image over another one, both RGB times opacity and opacity in [0, 255]."""
    return image + (1 - image[..., 3:] / 255) * under


def _pixels(bank: ExemplarBank, k: int, cutout: Cutout) -> float:
    """The height of exemplar k's head in pixels of a cutout."""
    return float(bank.segments.head[k] * cutout.scale.mean())


def _around_head(bank: ExemplarBank, k: int, cutout: Cutout) -> Cutout:
    """What a cutout shows around the head of exemplar k, as far as the canvas goes."""
    middle = head_axis(bank, k)[0] * cutout.scale
    reach = REACH * bank.segments.head[k] * cutout.scale
    edge = np.array(bank.canvas) * cutout.scale
    return reframe(
        cutout, *(np.rint(each.clip(0, edge) - cutout.origin).astype(int) for each in (middle - reach, middle + reach))
    )


def _pasted(cutout: Cutout, part: Cutout) -> Cutout:
    """A cutout with another one, of the same scale, in its place."""
    offset = np.rint(part.origin - cutout.origin).astype(int)
    size, inner = (np.array(each.image.shape[1::-1]) for each in (cutout, part))
    pasted = reframe(cutout, np.minimum(offset, 0), np.maximum(size, offset + inner))
    left, top = np.maximum(offset, 0).tolist()
    pasted.image[top : top + inner[1], left : left + inner[0]] = part.image
    return pasted
