"""Viewports: what of each frame is seen, and the canvas that it fills."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.types import FloatArray, Frame, Image, Numbers, Size

PixelBoxes = npt.NDArray[np.int32]
"""(T, 4) left, top, right, bottom in integer pixels of the frame; may reach beyond it."""


@dataclass(frozen=True, eq=False)
class Viewport:
    """What is seen of T frames, and where: the one place that converts between frame and canvas pixels.

    Coordinates are measured from the image's upper left corner: index i is the pixel whose centre lies at i + 0.5.
    """

    boxes: PixelBoxes  # (T, 4) what of each frame is seen
    canvas: Size  # (width, height) of the image that a box fills

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, frames: slice | npt.NDArray[np.int64]) -> "Viewport":
        """The viewport of some of the frames."""
        return Viewport(self.boxes[frames], self.canvas)

    @property
    def still(self) -> bool:
        """Whether all frames are seen through the same box."""
        return bool((self.boxes == self.boxes[:1]).all())

    def points(self, places: Numbers) -> npt.NDArray[np.float64]:
        """Points (T, ..., 2) or boxes (T, ..., 4) of the frames, in pixels of the canvas."""
        corners = places.reshape(*places.shape[:-1], places.shape[-1] // 2, 2)
        low, high = (each.reshape(-1, *[1] * (corners.ndim - 2), 2) for each in np.split(self.boxes, 2, axis=1))
        seen: npt.NDArray[np.float64] = (corners - low) * (np.array(self.canvas) / (high - low))
        return seen.reshape(places.shape)

    def crop(self, frame: Image, t: int) -> Image:
        """What is seen of frame t, (H, W) or (H, W, C), scaled to the canvas; beyond its border that is repeated."""
        left, top, right, bottom = self.boxes[t].tolist()
        height, width = frame.shape[:2]
        x, y = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
        seen = frame[y : max(bottom, y + 1), x : max(right, x + 1)]
        beyond = (y - top, bottom - y - seen.shape[0], x - left, right - x - seen.shape[1])
        if any(beyond):
            seen = cv2.copyMakeBorder(seen, *beyond, cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)
        return to_canvas(seen, self.canvas)

    def paste(self, background: Frame, t: int, colour: Numbers, opacity: FloatArray) -> Frame:
        """A copy of a frame with an image from the canvas over it where the box of frame t is: the inverse of `crop`.

        Args:
            background: RGB (H, W, 3); what the box does not show of it stays exactly as it is.
            t: which frame's box.
            colour: (h, w, 3) on the canvas, in [0, 255]; what reaches beyond the frame is left out.
            opacity: (h, w) of the colour in each pixel, in [0, 1].
        """
        left, top, right, bottom = self.boxes[t].tolist()
        size = (right - left, bottom - top)
        over = np.clip(cv2.resize(colour, size, interpolation=cv2.INTER_CUBIC), 0, 255)
        share = cv2.resize(opacity, size, interpolation=cv2.INTER_LINEAR)[..., None]
        frame = background.copy()
        under = frame[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        over, share = (
            each[max(-top, 0) :, max(-left, 0) :][: under.shape[0], : under.shape[1]] for each in (over, share)
        )
        under[:] = np.rint(under + share * (over - under))
        return frame

    def move(self, before: int, t: int) -> FloatArray:
        """The (2, 3) map from the canvas's pixel indices at frame `before` to those at frame t, for what stands still.

        It shows the canvas of one frame through the box of another; the identity where both boxes are the same.
        """
        old, new = self.boxes[[before, t]].astype(np.float32)
        sides = new[2:] - new[:2]
        scale = (old[2:] - old[:2]) / sides
        shift = (old[:2] - new[:2]) / sides * np.array(self.canvas, np.float32) + (scale - 1) / 2
        matrix: FloatArray = np.concatenate([np.diag(scale), shift[:, None]], axis=1)
        return matrix


def to_canvas(image: Image, canvas: Size) -> Image:
    """Scale an image, (H, W) or (H, W, C), to a canvas, averaging where it shrinks."""
    shrinks = image.shape[1] > canvas[0]
    scaled = cv2.resize(image, canvas, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return scaled.astype(np.uint8, copy=False)
