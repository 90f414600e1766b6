"""Checkpoints of Everybody Dance Now and pix2pixHD → Subject: networks that were trained elsewhere."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from motion_transfer.config import Pipeline
from motion_transfer.files import atomic_folder, check_folder
from motion_transfer.footage.canvas import check_canvas
from motion_transfer.footage.preprocess import Footage, preprocess_footage
from motion_transfer.models.device import choose_device
from motion_transfer.pose import LARGEST, PoseSequence, draw_frame, measure_body
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.pose_cache import fingerprint
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.subject import Subject, load_subject, save_subject
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.types import Image, StrPath
from motion_transfer.workflows.published_checkpoints import load_published
from motion_transfer.workflows.record import footage_record, hash_footage, version_record, write_preview

CANVAS = {"global": (512, 256), "local": (1024, 512)}
"""(width, height) that each kind was published for; the tensors do not tell, since the networks take any size."""

PREVIEW_COLUMNS = 3

SCRATCH = "footage"  # folder of the preprocessed footage, which is of no use later


def import_subject(
    generator: StrPath,
    footage: StrPath,
    out: StrPath,
    *,
    face: StrPath | None = None,
    canvas: tuple[int, int] | None = None,
    half: bool = False,
    pipeline: Pipeline = Pipeline(),
    poses: PoseSequence | None = None,
    person: str = LARGEST,
    device: str | torch.device | None = None,
    progress: ProgressCallback = no_progress,
) -> Subject:
    """Make a subject of published checkpoints and footage of the person they were trained on.

    Args:
        generator: state dictionary of a global generator or a local enhancer.
        footage: video of the person, it gives the place where they stand, and the background.
        out: the subject's folder; written atomically.
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
    generator, footage, out = Path(generator), Path(footage), Path(out)
    face = None if face is None else Path(face)
    processor = choose_device(device)
    check_folder(out, inputs=(generator, face, footage))
    network, model = load_published(generator, face)
    canvas = canvas or CANVAS[model.network]
    check_canvas(canvas)
    model = replace(model, size=round((canvas[0] * canvas[1]) ** 0.5))
    pipeline = replace(pipeline, model=model, draw=replace(pipeline.draw, hide_occluded_face=False))
    files = {"generator": generator} | ({"face": face} if face else {})
    with atomic_folder(out) as folder:
        preprocessed = preprocess_footage(
            footage, folder / SCRATCH, pipeline, poses=poses, person=person, progress=progress
        )
        record = version_record() | {
            "imported": {
                "from": "Everybody Dance Now",
                **{part: {"name": path.name, "sha256": fingerprint(path)} for part, path in files.items()},
            },
            "footage": footage_record(footage, {"sha256": hash_footage(footage)}, preprocessed.poses),
        }
        body = measure_body(preprocessed.poses, pipeline.normalise.depth_margin)
        subject = Subject(pipeline, body, canvas, preprocessed.background, network, None, record)
        save_subject(folder, subject, precision=torch.float16 if half else torch.float32)
        write_preview(folder, _preview(load_subject(folder), preprocessed, processor))
        shutil.rmtree(folder / SCRATCH)
    return load_subject(out)


def _preview(subject: Subject, footage: Footage, device: torch.device) -> list[list[Image]]:
    """Rows pose | truth | result of some frames, each generated alone."""
    draw, canvas = subject.pipeline.draw, subject.canvas
    instants = np.flatnonzero(footage.poses.present)
    instants = instants[np.linspace(0, len(instants) - 1, PREVIEW_COLUMNS).round().astype(int)]
    results = [next(synthesise(subject, footage.poses[t : t + 1], device)) for t in instants]
    return [
        [draw_frame(footage.poses, int(t), canvas, draw) for t in instants],
        [to_canvas(footage.frame(int(t)), canvas) for t in instants],
        [to_canvas(result, canvas) for result in results],
    ]
