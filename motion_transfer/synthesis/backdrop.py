"""The background behind the person in place of the footage's: an image, a video, a colour, or the dance's own."""

import os
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, count, islice, repeat
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.errors import ConfigError, SubjectError, VideoError
from motion_transfer.footage.plate import clip_plates
from motion_transfer.loading import Expected, read_image
from motion_transfer.pose import PoseSequence
from motion_transfer.subject import Subject
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader, probe

SUBJECT, SOURCE, TRANSPARENT = "subject", "source", "transparent"

COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128), "green": (0, 177, 64)}
"""The green is that of green screens."""

IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

EXPECTED = Expected("an image to put behind the person", VideoError, "Give a PNG or JPEG file.")


def check_backdrop(name: str, subject: Subject) -> None:
    """Refuse, before any work is done, what cannot be put behind a subject.

    Args:
        name: "subject", "source", "transparent", a colour or a file, see `backdrop`.
        subject: the person before it.

    Raises:
        ConfigError: it is none of these.
        VideoError: the file cannot be read.
        SubjectError: the subject's network draws the background too, so that no other can be put behind the person.
    """
    if name == SUBJECT:
        return
    if not subject.pipeline.model.composite:
        raise SubjectError(
            f"`background` is {name}, but this subject was trained without a mask (`model.composite` is false): its "
            f'network draws its own background. Use "{SUBJECT}", or train a subject whose `model.composite` is true.'
        )
    check_name(name)
    check_file(name)


def check_name(name: str) -> None:
    """Refuse a background that is neither a file nor one of the names and colours.

    Raises:
        ConfigError: says what there is.
    """
    file = background_file(name)
    if file is not None and not os.path.isfile(file):  # Path.is_file raises where a name is too long
        raise ConfigError(
            f"`background` is {name}, but there is no such file. Give an image, a video, a colour such as #20a040 or "
            f"{', '.join(COLOURS)}, or one of {SUBJECT}, {SOURCE}, {TRANSPARENT}."
        )


def check_file(name: str) -> None:
    """Refuse a background's file that is damaged or too large, before the work of finding poses.

    Raises:
        VideoError: it cannot be read.
    """
    file = background_file(name)
    if file is not None and file.suffix.lower() in IMAGES:
        read_image(file, EXPECTED)
    elif file is not None:
        probe(file)


def background_file(name: str) -> Path | None:
    """The file that a background is taken from; None for the names and colours."""
    named = name in (SUBJECT, SOURCE, TRANSPARENT) or _colour(name) is not None
    return None if named else Path(name)


def backdrop(
    name: str, size: tuple[int, int], fps: Fraction, first: int, dance: Iterable[Frame], poses: PoseSequence
) -> Iterator[Frame]:
    """The frames behind the person, without an end, RGB (H, W, 3).

    An image or a video is scaled until it fills the frame, and its middle is shown; a video keeps its speed, and is
    repeated when it ends.

    Args:
        name: "source" for the dance's background without the dancer (its camera should stand still), a colour
            "#rrggbb" or one of `COLOURS`, or an image or video file.
        size: (width, height) of the frames.
        fps: of the result.
        first: the frame of the dance that is made first.
        dance: its frames, RGB.
        poses: of the dance, in its own pixels.

    Raises:
        VideoError: the file cannot be read.
    """
    colour = _colour(name)
    if colour is not None:
        return repeat(np.full((size[1], size[0], 3), colour, np.uint8))
    if name == SOURCE:
        plates = clip_plates(dance, poses)
        shown = [_filling(image, size) for image in plates.images]
        return (shown[scene] for scene in chain(plates.scenes[first:], repeat(plates.scenes[-1])))
    if Path(name).suffix.lower() in IMAGES:
        return repeat(_filling(read_image(name, EXPECTED), size))
    return _video(Path(name), size, fps, first)


def _colour(name: str) -> tuple[int, ...] | None:
    if name in COLOURS:
        return COLOURS[name]
    return tuple(bytes.fromhex(name[1:])) if re.fullmatch("#[0-9a-fA-F]{6}", name) else None


def _video(path: Path, size: tuple[int, int], fps: Fraction, first: int) -> Iterator[Frame]:
    """The frames of a video at another frame rate, repeated without an end."""
    with VideoReader(path) as reader:
        place, frames, shown = -1, iter(reader), np.empty(0, np.uint8)
        for instant in count(first):
            wanted = int(instant / fps * reader.fps) % len(reader)
            if wanted < place:
                place, frames = -1, iter(reader)
            if wanted > place:
                shown = _filling(next(islice(frames, wanted - place - 1, None)), size)
                place = wanted
            yield shown


def _filling(image: Frame, size: tuple[int, int]) -> Frame:
    """An image scaled to fill a (width, height), its aspect kept, its middle shown."""
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    # Cut first: of a picture of 20,000 x 1 pixels, scaled as it is, the frame would show a small share.
    shape = min(width, max(1, round(size[0] / scale))), min(height, max(1, round(size[1] / scale)))
    left, top = (width - shape[0]) // 2, (height - shape[1]) // 2
    shown = np.ascontiguousarray(image[top : top + shape[1], left : left + shape[0]])
    return cv2.resize(shown, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC).astype(
        np.uint8, copy=False
    )
