"""The page that shows what became of a batch, index.html beside results.jsonl, and its small pictures."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2

from motion_transfer.batch.journal import read_records
from motion_transfer.batch.storage import Location, file_name, parse_location
from motion_transfer.files import atomic_path
from motion_transfer.video import VideoReader, probe

PREVIEW_HEIGHT = 160


def write_index(out: Path, previews: Path) -> Path:
    """Write the page over all jobs that a batch has ever done, those that failed first.

    Pictures and videos are linked, not held: the page stays small and goes with its folder. `previews` is where the
    workers put the small pictures.
    """
    from jinja2 import Environment

    records = {record["output"]: record for record in read_records(out / "results.jsonl")}
    ended = [record for record in records.values() if record["status"] in ("done", "failed")]
    ended.sort(key=lambda record: (record["status"] == "done", record["output"]))
    template = files("motion_transfer.batch").joinpath("index.html.jinja").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    counts = Counter(record["status"] for record in ended)
    path = out / "index.html"
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", errors="backslashreplace") as file:
        for piece in page.generate(counts=counts, clips=_clips(ended, out, previews)):
            file.write(piece)
    return path


def _clips(records: list[dict[str, Any]], out: Path, previews: Path) -> Iterator[dict[str, Any]]:
    for record in records:
        output = parse_location(record["output"], out)
        subject = file_name(output) == "subject.json"  # of a training
        preview = Path(output).with_name("preview.png") if subject else previews / preview_name(output)
        yield record | {
            "name": Path(output).parent.name if subject else file_name(output),
            "video": None if subject else _link(output, out),
            "picture": _link(preview, out),
            "took": sum(record["seconds"].values()),
        }


def _link(location: Location, folder: Path) -> str | None:
    """How the page gets there; None where there is nothing. Addresses are for other programs than a browser."""
    if isinstance(location, str) or not os.path.isfile(location):
        return None
    return quote(os.fsencode(os.path.relpath(location, folder).replace(os.sep, "/")))


def preview_name(output: Location) -> str:
    """The file name of an output's small picture."""
    return hashlib.sha256(os.fsencode(output)).hexdigest()[:20] + ".jpg"


def write_preview(folder: Path, output: Location, video: Path) -> None:
    """Keep a small picture of an output, which lies at `video` still: the frame in its middle."""
    clip = probe(video)
    small = (max(2, round(clip.size[0] * PREVIEW_HEIGHT / clip.size[1])), PREVIEW_HEIGHT)
    with VideoReader(clip, start=float(clip.duration) / 2, size=small) as reader:
        frame = next(iter(reader))
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / preview_name(output)) as temporary:
        temporary.write_bytes(cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
