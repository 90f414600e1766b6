"""The small pictures of outputs that the page of results shows."""

import hashlib
import os
from pathlib import Path

import cv2

from motion_transfer.batch.storage import Location
from motion_transfer.files import atomic_path
from motion_transfer.video import VideoReader, probe

HEIGHT = 160


def preview_name(output: Location) -> str:
    """The file name of an output's small picture."""
    return hashlib.sha256(os.fsencode(output)).hexdigest()[:20] + ".jpg"


def write_preview(folder: Path, output: Location, video: Path) -> None:
    """Keep a small picture of an output, which lies at `video` still: the frame in its middle."""
    clip = probe(video)
    small = (max(2, round(clip.size[0] * HEIGHT / clip.size[1])), HEIGHT)
    with VideoReader(clip, start=float(clip.duration) / 2, size=small) as reader:
        frame = next(iter(reader))
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / preview_name(output)) as temporary:
        temporary.write_bytes(cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
