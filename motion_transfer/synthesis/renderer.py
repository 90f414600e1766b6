"""All of a clip's synthesis but the networks: what they are given for each frame, and the frame of their answer.

Arrays alone: a renderer can be copied to processes that do without PyTorch.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.config import DrawSettings
from motion_transfer.exemplars.bank import ExemplarBank, Labels
from motion_transfer.exemplars.candidates import CHANNELS, CandidateWarper
from motion_transfer.exemplars.grid import Grid
from motion_transfer.footage.masks import person_mask
from motion_transfer.footage.shadow import floor_places, lay_shadow, no_shadow
from motion_transfer.pose import PoseSequence, draw_frame
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.synthesis.compositing import Decided, composite
from motion_transfer.types import FloatArray, Frame, Image, Numbers, Size

SOLID = (0.2, 0.8)  # opacities that count as nothing and as everything over another background
SOFT = 1 / 48  # width of the outline's soft edge, as a share of the canvas's height


class Given(NamedTuple):
    """What the networks are given for one frame, but the frame before."""

    pose: Image  # (height, width, 3), the pose image on the canvas
    plate: Frame  # (height, width, 3), the empty background there
    candidates: Image  # (k, height, width, 5), warped exemplars; k is 0 for a subject without them
    move: Numbers | None = None  # (2, 3), from the box of the frame before; None where nothing is before this frame
    motion: FloatArray | None = None  # (2, rows, columns), how the person moved since, of a subject with exemplars


class Answer(NamedTuple):
    """What the networks say of one frame, on the canvas."""

    colour: FloatArray  # (height, width, 3), the person's, in [-1, 1]
    opacity: FloatArray  # (height, width), the person's, in [0, 1]
    decided: Decided | None  # of a network that chooses among candidates


class Renderer:
    """Makes what the networks are given, and frames of their answers; no frame depends on another one.

    Args:
        poses: T frames in pixels of the subject's footage, as `normalise_poses` gives them.
        viewport: of the T frames.
        background: of the subject, RGB (H, W, 3).
        draw: how poses are drawn.
        exemplars: of the subject, if there are any.
        candidates: made of them for each pose.
        other: the person stands before another background than their own.
        transparent: before none: frames are RGBA (H, W, 4), the colours not multiplied by the alpha.
    """

    def __init__(
        self,
        poses: PoseSequence,
        viewport: Viewport,
        background: Frame,
        draw: DrawSettings,
        exemplars: ExemplarBank | None,
        candidates: int,
        *,
        other: bool,
        transparent: bool,
    ) -> None:
        self.viewport = viewport
        self.warper = None if exemplars is None else CandidateWarper(exemplars, poses, viewport, candidates)
        self._poses, self._background, self._draw = poses, background, draw
        self._transparent, self._matte = transparent, transparent or other
        self._present = poses.present
        # On the subject's own background only: another one may have no floor there.
        self._shadow = no_shadow() if self._matte or exemplars is None else exemplars.shadow
        self._floor, self._floor_on_canvas = floor_places(poses), floor_places(poses, viewport)
        self._still = viewport.crop(background, 0) if viewport.still and len(poses) else None

    def give(self, t: int, *, first: bool) -> Given | None:
        """What the networks need for frame t, the first of a clip or not; None where no person was found."""
        if not self._present[t]:
            return None
        canvas = self.viewport.canvas
        image = draw_frame(self._poses, t, canvas, self._draw, crop=self.viewport.boxes[t])
        plate = self.viewport.crop(self._background, t) if self._still is None else self._still
        plate = lay_shadow(plate, self._shadow, self._floor_on_canvas[t])
        follows = not first and self._present[t - 1]
        move = self.viewport.move(t - 1, t) if follows else None
        if self.warper is None:
            return Given(image, plate, np.empty((0, *canvas[::-1], CHANNELS), np.uint8), move)
        motion = self.warper.motion(t - 1, t) if follows else None
        return Given(image, plate, self.warper.warp(t, self.warper.steady(t)), move, motion)

    def frame(self, t: int, answer: Answer | None, background: Frame | None) -> Image:
        """Frame t, RGB (H, W, 3) at the size of the subject's footage; RGBA if it is transparent.

        Args:
            t: which frame it is.
            answer: of the networks; None where no person was found.
            background: what stands behind the person; the subject's own if not given.
        """
        background = self._background if background is None else background
        if answer is None:
            return np.zeros((*background.shape[:2], 4), np.uint8) if self._transparent else background.copy()
        background = lay_shadow(background, self._shadow, self._floor[t])
        if self.warper is not None and answer.decided is not None:
            return self._composed(t, answer.decided, answer.opacity, background, self.warper)
        colour, opacity = (answer.colour + 1) * 127.5, answer.opacity
        if self._matte:
            opacity = matte(opacity, self._outline(t))
        if not self._transparent:
            return self.viewport.paste(background, t, colour, opacity)
        black = np.zeros_like(background)
        colours = self.viewport.paste(black, t, colour, np.ones_like(opacity))
        alpha = self.viewport.paste(black, t, np.full_like(colour, 255), opacity)
        return np.concatenate([colours, alpha[..., :1]], axis=2)

    def _composed(
        self, t: int, decided: Decided, mask: FloatArray, background: Frame, warper: CandidateWarper
    ) -> Image:
        """The person of frame t at the footage's resolution, over the background or alone."""

        def renderer(grid: Grid) -> Callable[[int], Image]:
            return warper.renderer(t, warper.steady(t), grid)

        outline = None
        if self._matte:
            soft = cv2.GaussianBlur(self._outline(t).astype(np.float32) / 255, (0, 0), SOFT * len(mask))
            outline = np.asarray(soft, np.float32)
        layer = composite(decided, mask, renderer, self.viewport.boxes[t], self._size, outline=outline)
        return layer.alone(self._size) if self._transparent else layer.over(background)

    def _outline(self, t: int) -> Image:
        """Where the person of frame t may be, on the canvas: (height, width), 255 there."""
        outline = person_mask(self._poses.xy[t], self._poses.skeleton.body_bones, self._size)
        return self.viewport.crop(outline.astype(np.uint8) * np.uint8(255), t)

    @property
    def _size(self) -> Size:
        height, width = self._background.shape[:2]
        return width, height


def matte(opacity: FloatArray, outline: Image) -> FloatArray:
    """The mask as it is used over another background than the footage's.

    Over its own background the generator may as well draw a patch of wall, which is not visible there. Over another
    one it is: so only what lies within the person's outline is kept, and what is nearly transparent is left out.

    Args:
        opacity: (height, width) in [0, 1].
        outline: (height, width), 255 where the person may be.
    """
    low, high = SOLID
    around = cv2.GaussianBlur(outline.astype(np.float32) / 255, (0, 0), SOFT * len(outline))
    kept: FloatArray = np.clip((opacity - low) / (high - low), 0, 1) * around
    return kept


def find_labels(renderers: list[Renderer], which: list[int]) -> Labels:
    """The labels of exemplars that all renderers have."""
    return _banks(renderers)[0].find_labels(which)


def keep_labels(renderers: list[Renderer], labels: Labels) -> None:
    """Let all renderers know labels of exemplars."""
    for bank in _banks(renderers):
        bank.labels.update(labels)


def _banks(renderers: list[Renderer]) -> list[ExemplarBank]:
    return [renderer.warper.bank for renderer in renderers if renderer.warper is not None]


def give_all(renderers: list[Renderer], asked: list[tuple[int, int, bool]]) -> list[Given | None]:
    """What the networks are given for several frames, each with its renderer's number; see `Renderer.give`."""
    return [renderers[number].give(t, first=first) for number, t, first in asked]


def frames_of(renderers: list[Renderer], asked: list[tuple[int, int, Answer | None, Frame | None]]) -> list[Image]:
    """Several frames, each with its renderer's number; see `Renderer.frame`."""
    return [renderers[number].frame(t, answer, behind) for number, t, answer, behind in asked]
