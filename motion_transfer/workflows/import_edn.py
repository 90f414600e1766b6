"""Checkpoints of Everybody Dance Now and pix2pixHD → Subject: networks that were trained elsewhere, brought along."""

import os
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import torch

from motion_transfer.config import Pipeline
from motion_transfer.errors import OutputError
from motion_transfer.files import atomic_path
from motion_transfer.footage import Footage, check_canvas, fingerprint, preprocess_footage, to_canvas
from motion_transfer.models import choose_device
from motion_transfer.pose import LARGEST, PoseSequence, draw_frame, drawable, measure_body
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.subject import Subject, load_subject, save_subject
from motion_transfer.synthesis import synthesise
from motion_transfer.types import Image
from motion_transfer.version import __version__
from motion_transfer.video import probe
from motion_transfer.workflows.published_checkpoints import load_published

CANVAS = {"global": (512, 256), "local": (1024, 512)}
"""(width, height) that each kind was published for; the tensors do not tell, since the networks take any size."""

PREVIEW_COLUMNS = 3


def import_subject(
    generator: Path,
    footage: Path,
    out: Path,
    *,
    face: Path | None = None,
    canvas: tuple[int, int] | None = None,
    half: bool = False,
    pipeline: Pipeline = Pipeline(),
    poses: PoseSequence | None = None,
    person: str = LARGEST,
    device: str | None = None,
    progress: ProgressCallback = no_progress,
) -> Subject:
    """Make a subject of published checkpoints and footage of the person they were trained on.

    Args:
        generator: state dictionary of a global generator or a local enhancer.
        footage: video of the person, in the place of the training; it tells where they stand, and the background.
        out: the subject's folder; written whole or not at all.
        face: state dictionary of a face generator.
        canvas: (width, height) that the generator was trained at; the published one of its kind if not given.
        half: keep the weights in half precision, in half the space, instead of exactly.
        pipeline: its pose, normalise and encode stages are used; drawing and networks become Everybody Dance Now's.
        poses: raw poses of the footage, if they come from elsewhere.
        person: who of several people, see `choose_person`; of use where the poses are found here.
        device: where the preview is computed; the fastest there is if not given.
        progress: called with (stage, done, total).

    Returns:
        The subject, as it was saved. `record["imported"]` says what of.

    Raises:
        CheckpointError, ConfigError, VideoError, PoseError, SubjectError, OutputError: see their messages.
    """
    processor = choose_device(device)
    _check_folder(out)
    source = probe(footage)
    network, model = load_published(generator, face)
    canvas = canvas or CANVAS[model.network]
    check_canvas(canvas)
    model = replace(model, size=round((canvas[0] * canvas[1]) ** 0.5))
    pipeline = replace(pipeline, model=model, draw=replace(pipeline.draw, hide_occluded_face=False))
    files = {"generator": generator} | ({"face": face} if face else {})
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as workplace:
        preprocessed = preprocess_footage(
            footage, Path(workplace) / "footage", pipeline, poses=poses, person=person, progress=progress
        )
        record = {
            "made_by": f"motion_transfer {__version__}",
            "versions": {name: version(name) for name in ("torch", "mediapipe", "numpy")},
            "imported": {
                "from": "Everybody Dance Now",
                **{part: {"name": path.name, "sha256": fingerprint(path)} for part, path in files.items()},
            },
            "footage": {
                "name": footage.name,
                "sha256": fingerprint(footage),
                "fps": str(source.fps),
                "frames": len(preprocessed.poses),
                "frames_without_person": int((~preprocessed.poses.present).sum()),
            },
        }
        body = measure_body(preprocessed.poses, pipeline.normalise.depth_margin)
        subject = Subject(pipeline, body, canvas, preprocessed.background, network, None, record)
        folder = Path(workplace) / "subject"
        save_subject(folder, subject, precision=torch.float16 if half else torch.float32)
        preview = _preview(load_subject(folder), preprocessed, processor)
        with atomic_path(folder / "preview.png") as path:
            path.write_bytes(cv2.imencode(".png", preview[..., ::-1])[1].tobytes())
        os.replace(folder, out)
    return load_subject(out)


def _check_folder(out: Path) -> None:
    """Refuse, before any work is done, a folder that could not be made at the end."""
    if not out.parent.is_dir():
        raise OutputError(f"{out}: its folder {out.parent} does not exist. Create it first, or choose another --out.")
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise OutputError(f"{out} exists already. Choose another --out, or delete it.")
    if not os.access(out.parent, os.W_OK):
        raise OutputError(f"{out}: no permission to write there. Choose another --out.")


def _preview(subject: Subject, footage: Footage, device: torch.device) -> Image:
    """A sheet pose | truth | result of some frames, each made alone."""
    draw, canvas = subject.pipeline.draw, subject.canvas
    instants = np.flatnonzero(footage.poses.present)
    instants = instants[np.linspace(0, len(instants) - 1, PREVIEW_COLUMNS).round().astype(int)]
    drawn = drawable(footage.poses, draw)
    results = [next(synthesise(subject, footage.poses[t : t + 1], device)) for t in instants]
    rows: list[list[Image]] = [
        [draw_frame(drawn, int(t), canvas, draw) for t in instants],
        [to_canvas(footage.frame(int(t)), canvas) for t in instants],
        [to_canvas(result, canvas) for result in results],
    ]
    sheet: Image = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    return sheet
