"""Rendering the people: a job over many processes that goes on where it was stopped."""

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.errors import MotionTransferError
from motion_transfer.exemplars.bank_file import save_exemplars
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.footage.preprocess import preprocess_footage
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.types import Size
from samples.base.people import BANK_OF, filmed
from samples.dancer.clip import write

CANVAS: Size = (128, 192)
"""All people have the same one, so that they can be learned from together."""
EXEMPLARS = 32
FAILED = "failed.txt"  # in the place of a person in whose clips nobody is found


def base_pipeline() -> Pipeline:
    """The default pipeline, as it is used on clips of a second or two of which nothing is held out."""
    pipeline = load_pipeline("default")
    return replace(
        pipeline,
        pose=replace(pipeline.pose, workers=1),
        model=replace(pipeline.model, exemplars=EXEMPLARS),
        train=replace(pipeline.train, held_out=0.0),
    )


def render_people(
    folder: Path, numbers: Iterable[int], workers: int, minutes: float, progress: ProgressCallback = no_progress
) -> None:
    """Render those of the people who are not there yet, until the time is over.

    A person is a folder with one of preprocessed footage for each clip, with `truth.npz` from the renderer and
    `exemplars.npz` where it has its own. Poses are MediaPipe's: its errors are what the network meets.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = list(numbers)
    missing = [number for number in numbers if not (folder / str(number)).exists()]
    work = partial(render_person, folder, time.time() + 60 * minutes)
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # the processes share the cores
    with multiprocessing.get_context("spawn").Pool(workers, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        for done, _ in enumerate(pool.imap_unordered(work, missing), start=len(numbers) - len(missing) + 1):
            progress("rendering people", done, len(numbers))


def render_person(folder: Path, deadline: float, number: int) -> None:
    """Render one person into a folder of their number, unless the time, in seconds since the epoch, is over."""
    if time.time() > deadline:
        return
    pipeline, place, part = base_pipeline(), folder / str(number), folder / f"{number}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for name, each in filmed(number).items():
        video = part / f"{name}.mp4"
        truth = write(each.clip, video, workers=0, quality=each.quality)
        try:
            footage = preprocess_footage(video, part / name, pipeline, canvas=CANVAS)
            if BANK_OF[name] == name:
                bank = select_exemplars(footage, pipeline)
                assert bank is not None
                save_exemplars(part / name, bank)
        except MotionTransferError as error:
            shutil.rmtree(part)
            part.mkdir()
            (part / FAILED).write_text(f"{name}: {error}\n")
            break
        truth.rename(part / name / "truth.npz")
        video.unlink()
    part.rename(place)
