"""Pictures, which are read as clips of one frame."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.errors import VideoError
from motion_transfer.loading import Expected, open_regular, read_image
from motion_transfer.types import Frame

CONTAINER = "picture"  # in place of ffmpeg's name of a file format
FPS = Fraction(25)  # of the clip: one frame has no rate of its own
MOST_PIXELS = 1920 * 1080  # of the frame: cameras take pictures far larger than their videos, as results would be too
ROWS = 256  # that are laid over black at a time

EXPECTED = Expected("a video or a picture (PNG, JPEG or WebP)", VideoError)


def is_picture(path: Path) -> bool:
    """Whether a file is a PNG, JPEG or WebP by its first bytes; an animated PNG is a video.

    Raises:
        VideoError: it is an animated WebP, which neither ffmpeg nor this reads as a video.
    """
    with open_regular(path, EXPECTED) as file:
        head = file.read(1 << 16)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        if head[12:16] == b"VP8X" and head[20] & 2:
            raise VideoError(f"{path} is an animated WebP; expected {EXPECTED.kind}. Convert it to a video.")
        return True
    animated = b"acTL" in head.partition(b"IDAT")[0]
    return head.startswith(b"\xff\xd8\xff") or (head.startswith(b"\x89PNG\r\n\x1a\n") and not animated)


def read_picture(path: Path) -> Frame:
    """A picture as a frame of video, RGB (H, W, 3): upright, over black where it is transparent, not too large.

    Raises:
        VideoError: it is damaged, or larger than `limits` allow.
    """
    image = read_image(path, EXPECTED, alpha=True)
    height, width = image.shape[:2]
    for top in range(0, height, ROWS):  # of all at once, floating point numbers would take gigabytes
        rows = image[top : top + ROWS]
        if rows[..., 3].min(initial=255) < 255:
            rows[..., :3] = np.rint(rows[..., :3] * (rows[..., 3:] / np.float32(255)))
    scale = (MOST_PIXELS / (width * height)) ** 0.5
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return np.ascontiguousarray(image[..., :3])
