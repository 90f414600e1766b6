"""What stands behind the person in place of the footage's room: a picture, a film, a colour, the dance's own room."""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count, islice, repeat
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.errors import ConfigError, SubjectError, VideoError
from motion_transfer.footage import clip_plate
from motion_transfer.pose import PoseSequence
from motion_transfer.subject import Subject
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader

SUBJECT, SOURCE, TRANSPARENT = "subject", "source", "transparent"

COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128), "green": (0, 177, 64)}
"""The green is that of green screens."""

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

PLATE_FRAMES = 64
"""Frames of the dance whose median shows its background."""


def check_backdrop(name: str, subject: Subject) -> None:
    """Refuse at once what cannot be put behind a subject.

    Args:
        name: "subject", "source", "transparent", a colour or a file, see `backdrop`.
        subject: whom it shall stand behind.

    Raises:
        ConfigError: it is none of these.
        SubjectError: the subject's network draws the room too, so that nothing else can be put behind the person.
    """
    if name == SUBJECT:
        return
    if not subject.pipeline.model.composite:
        raise SubjectError(
            f"--background {name}: this subject was trained without a mask (model.composite is false), its network "
            "draws the room with the person. Leave --background out, or train a subject with model.composite = true."
        )
    check_name(name)


def check_name(name: str) -> None:
    """Refuse a background that is neither a file nor one of the names and colours.

    Raises:
        ConfigError: says what there is.
    """
    if name not in (SUBJECT, SOURCE, TRANSPARENT) and _colour(name) is None and not Path(name).is_file():
        raise ConfigError(
            f"--background {name}: there is no such file. Give a picture, a video, a colour such as #20a040 or "
            f"{', '.join(COLOURS)}, or one of {SUBJECT}, {SOURCE}, {TRANSPARENT}."
        )


def backdrop(
    name: str, size: tuple[int, int], fps: Fraction, first: int, dance: Iterable[Frame], poses: PoseSequence
) -> Iterator[Frame]:
    """The frames that stand behind the person, without an end, RGB (H, W, 3).

    A picture or a film is scaled until it fills the frame, and what reaches beyond is cut off alike on both sides; a
    film keeps its pace, and begins anew when it ends.

    Args:
        name: "source" for the dance's room without the dancer (its camera should stand still), a colour "#rrggbb" or
            one of `COLOURS`, or a picture or video file.
        size: (width, height) of the frames.
        fps: of the result.
        first: the frame of the dance that is made first.
        dance: the dance.
        poses: of the dance, in its own pixels.

    Raises:
        VideoError: the file cannot be read.
    """
    colour = _colour(name)
    if colour is not None:
        return repeat(np.full((size[1], size[0], 3), colour, np.uint8))
    if name == SOURCE:
        return repeat(_filling(clip_plate(dance, poses, PLATE_FRAMES), size))
    if Path(name).suffix.lower() in PICTURES:
        return repeat(_filling(_picture(Path(name)), size))
    return _film(Path(name), size, fps, first)


def _colour(name: str) -> tuple[int, ...] | None:
    if name in COLOURS:
        return COLOURS[name]
    return tuple(bytes.fromhex(name[1:])) if re.fullmatch("#[0-9a-fA-F]{6}", name) else None


def _picture(path: Path) -> Frame:
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise VideoError(f"{path} is damaged, or no picture that can be read. Give a PNG or JPEG file.")
    return np.ascontiguousarray(image[..., ::-1]).astype(np.uint8, copy=False)


def _film(path: Path, size: tuple[int, int], fps: Fraction, first: int) -> Iterator[Frame]:
    """The frames of a film as they are seen at a frame rate, over and over."""
    with VideoReader(path) as reader:
        place, film, shown = -1, iter(reader), np.empty(0, np.uint8)
        for instant in count(first):
            wanted = int(instant / fps * reader.fps) % len(reader)
            if wanted < place:
                place, film = -1, iter(reader)
            if wanted > place:
                shown = _filling(next(islice(film, wanted - place - 1, None)), size)
                place = wanted
            yield shown


def _filling(image: Frame, size: tuple[int, int]) -> Frame:
    """An image scaled to fill a (width, height), its aspect kept, its middle shown."""
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    shape = max(size[0], round(width * scale)), max(size[1], round(height * scale))
    scaled = cv2.resize(image, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (shape[0] - size[0]) // 2, (shape[1] - size[1]) // 2
    return np.ascontiguousarray(scaled[top : top + size[1], left : left + size[0]]).astype(np.uint8, copy=False)
