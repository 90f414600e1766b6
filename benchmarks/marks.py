"""What do the marks of a result survive, and what do they cost?

Survival: a second of the sample dance, marked in every container, and what `verify` reads from it as it is, copied and
encoded again by ffmpeg with its usual options, and with one byte of the picture changed; sidecars are taken along.
Cost: processor time of marking a transfer of --seconds of the sample dance, against that of the transfer, both without
what ffmpeg takes.
"""

import argparse
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clips import SAMPLES, SUBJECT
from benchmarks.harness import Column, Row, Table, Workspace
from motion_transfer.config import EncodeSettings
from motion_transfer.config.options import TransferOptions
from motion_transfer.marking.reading import verify
from motion_transfer.marking.sidecar import sidecar_path
from motion_transfer.marking.statement import Claim
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.video.ffmpeg import ffmpeg_binary
from motion_transfer.workflows.marks import mark_transfer
from motion_transfer.workflows.transfer import transfer
from samples.make import DANCE

CONTAINERS = ("mp4", "m4v", "mov", "mkv", "webm")
TREATMENTS = {"as it is": None, "stream copy": ("-c", "copy"), "encoded again": (), "one byte changed": None}
MOST = 0.03  # share of a transfer's time that marks may cost


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=12.0, help="of the dance whose transfer is timed")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    # First, so that what has to be imported counts.
    cost = work.once(f"cost-{options.seconds:g}", lambda: measure_cost(options.seconds, work.folder))
    survival = [row for container in CONTAINERS for row in work.once(container, lambda c=container: survive(c, work))]
    if cost["share"] > MOST:
        work.failures.append(f"marks cost {cost['share']:.1%} of a transfer's time")
    marks = [Column(name, name) for name in ("Content Credentials", "XMP sidecar", "comment tag")]
    costs = [
        Column("frames", "frames"),
        Column("megabytes", "MB", ".2f"),
        Column("transfer", "transfer, s", ".1f"),
        Column("making", "reading and hashing, s", ".2f", "lower"),
        Column("signing", "signing, s", ".3f", "lower"),
        Column("share", "share of the transfer", ".2%", "lower"),
    ]
    return [
        Table(
            "What marks survive", [Column("container", "container"), Column("treatment", "treatment"), *marks], survival
        ),
        Table(
            "What marks cost", costs, [cost], "Seconds of processor time. Reading: imports, the certificate, hashes."
        ),
    ]


def survive(container: str, work: Workspace) -> list[Row]:
    """What is read of a marked video after each treatment."""
    dance, path = SAMPLES[DANCE], work.folder / f"marked.{container}"
    marks = mark_transfer(load_subject(SUBJECT), dance, TransferOptions())
    settings = EncodeSettings(codec="vp9" if container == "webm" else "h264")
    with (
        VideoReader(dance, end=1) as frames,
        VideoWriter(
            path, size=frames.size, fps=frames.fps, settings=settings, audio_from=dance, audio_end=1, marks=marks
        ) as video,
    ):
        for frame in frames:
            video.write(frame)
    rows = []
    for treatment, arguments in TREATMENTS.items():
        treated = path.with_name(f"treated.{container}")
        if arguments is None:
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= treatment == "one byte changed"
            treated.write_bytes(data)
        else:
            subprocess.run([ffmpeg_binary(), "-v", "error", "-y", "-i", path, *arguments, treated], check=True)
        if sidecar_path(path).exists():
            shutil.copy(sidecar_path(path), sidecar_path(treated))
        found = verify(treated)
        read = {"Content Credentials": _state(found.credentials), "XMP sidecar": _state(found.sidecar)}
        rows.append(
            {"container": container, "treatment": treatment, **read, "comment tag": "there" if found.tag else "–"}
        )
    return rows


def _state(claim: Claim | None) -> str:
    if claim is None:
        return "–"
    return "valid" if not claim.problems else claim.problems[0].partition(" (")[0]


def measure_cost(seconds: float, folder: Path) -> Row:
    """Processor time of a transfer, and of marking its result."""
    began = time.process_time()
    subject, options = load_subject(SUBJECT), TransferOptions(end=seconds, credentials=False)
    made = transfer(SAMPLES[DANCE], subject, folder / "unsigned.mp4", options)
    taken = time.process_time() - began
    began = time.process_time()
    marks = mark_transfer(subject, SAMPLES[DANCE], TransferOptions(end=seconds))
    making = time.process_time() - began
    began = time.process_time()
    marks.complete(made.output, made.output)
    signing = time.process_time() - began
    size = made.output.stat().st_size / 1e6
    times = {"transfer": taken, "making": making, "signing": signing, "share": (making + signing) / taken}
    return {"frames": made.frames, "megabytes": size, **times}
