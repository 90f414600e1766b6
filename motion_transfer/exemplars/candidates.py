"""Candidates: the person in any pose, several times, each made of other exemplars; what a generator chooses among."""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from motion_transfer.exemplars.axes import axes_of
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.bending import Bending
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.matching import Chosen, choose_at, choose_steadily, unseen_shares, view_distances
from motion_transfer.exemplars.parts.labels import LAYER_OF
from motion_transfer.exemplars.posing import fit_pose
from motion_transfer.exemplars.warping import Warper
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.segments import SEGMENTS, Segments, SegmentTrack
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.types import FloatArray, Image, Mask

MOST_NAMED = 5  # parts of which a view is lacking most often
RARELY = 0.1  # share of the frames in which a part may lack a view before a warning
CHANNELS = 5  # RGB times opacity, opacity, and how well the exemplar fits there (times opacity)


class CandidateWarper:
    """Candidates for the poses of a clip, made one pose at a time.

    Every second candidate, from the first on, consists of three layers, the body and the arms before or behind it, each
    of one exemplar that is bent into the pose, so that it has few seams. The others have each part from the exemplar
    that fits that part best, and more seams.

    Args:
        bank: exemplars of the person.
        poses: T frames.
        viewport: of the T frames; its canvas is the bank's.
        count: candidates for each pose.
    """

    def __init__(self, bank: ExemplarBank, poses: PoseSequence, viewport: Viewport, count: int) -> None:
        self.bank = bank
        self.count = count
        self._viewport = viewport
        self._track = SegmentTrack(poses, viewport)
        self._frames = len(poses)
        self._known = axes_of(bank.segments)
        # One more of each, for what the last one hides.
        self._by_parts, self._by_layers = count // 2 + 1, (count + 1) // 2 + 1
        self._steady: Chosen | None = None

    def choose(self, t: int, absent: Mask | None = None) -> Chosen:
        """The exemplars that fit pose t best by itself, without the (K,) absent ones."""
        return choose_at(self._pose(t), self.bank.segments, self._by_parts, self._by_layers, absent)

    def steady(self, t: int) -> Chosen:
        """The exemplars for pose t in a choice that is steady over the clip."""
        if self._steady is None:
            counts = self._by_parts, self._by_layers
            self._steady = choose_steadily(self._track, self._frames, self.bank.segments, *counts)
        return self._steady.at(t)

    def warn_of_unseen(self) -> None:
        """Warn of the parts that the footage does not show from where these poses show them."""
        shares = unseen_shares(self._track, self._frames, self.bank.segments)
        found = [
            f"{SEGMENTS[part].name} ({shares[part]:.0%})"
            for part in np.argsort(-shares)[:MOST_NAMED]
            if shares[part] > RARELY
        ]
        if found:
            warnings.warn(
                f"the footage never shows these parts as the dance does in so many frames: {', '.join(found)}. "
                "The nearest view stands in their place; footage that moves and turns like the dance has nearer ones.",
                stacklevel=2,
            )

    def warp(self, t: int, chosen: Chosen) -> Image:
        """All candidates for pose t on the canvas: (count, H, W, 5) uint8, see `CHANNELS`."""
        pose = self._pose(t)
        warper = Warper(self.bank, self._known, self._fitted(pose, chosen), Grid(self.bank.canvas))
        fits = np.exp(-np.sqrt(view_distances(pose, self.bank.segments)[0]))  # (S, K)
        candidates = np.zeros((self.count, *self.bank.canvas[::-1], CHANNELS), np.uint8)
        for index, candidate in enumerate(candidates):
            candidate[..., :4] = _render(warper, chosen, index)
            which = chosen.parts[index // 2] if index % 2 else chosen.layers[index // 2, LAYER_OF]
            fit = np.where(which >= 0, fits[np.arange(len(fits)), which], 0)
            candidate[..., 4] = np.rint(candidate[..., 3] * fit[warper.bending.part_map])
        return candidates

    def renderer(self, t: int, chosen: Chosen, grid: Grid) -> Callable[[int], Image]:
        """Renders candidates for pose t at the footage's resolution, by their numbers: (h, w, 4), premultiplied."""
        warper = Warper(self.bank, self._known, self._fitted(self._pose(t), chosen), grid, fine=True)
        return partial(_render, warper, chosen)

    def motion(self, before: int, t: int) -> FloatArray:
        """How far from each place of frame t what it shows lay in frame `before`, as the poses say: (2, H / 2, W / 2).

        In pixels of the canvas, x and y. What is not the body stands still where it is.
        """
        width, height = self.bank.canvas
        known, grid = self._pose(before), Grid((width // 2, height // 2), (0.5, 0.5))
        move = self._viewport.move(before, t)
        scale, shift = np.diag(move), move[:, 2]
        still = np.column_stack([np.diag(1 / scale), 0.5 - (0.5 + shift) / scale])  # of points, not of indices
        return Bending(known, axes_of(known), self._pose(t), grid).motion(still)

    def _fitted(self, pose: Segments, chosen: Chosen) -> Segments:
        """The pose as the first candidate shows it."""
        return fit_pose(pose, self.bank.segments, self._known, chosen.layers[0].tolist())

    def _pose(self, t: int) -> Segments:
        return self._track.at(np.array([t]))


def _render(warper: Warper, chosen: Chosen, index: int) -> Image:
    if index % 2:
        return warper.parts(chosen.parts[index // 2 : index // 2 + 2])
    return warper.body(np.roll(chosen.layers, -(index // 2), axis=0))
