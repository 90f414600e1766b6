"""`motion-transfer evaluate`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, parse_command
from motion_transfer.config.options import Device, PosesFormat
from motion_transfer.errors import ConfigError

if TYPE_CHECKING:
    from motion_transfer.evaluation.result import Evaluation


@dataclass(frozen=True, kw_only=True)
class Evaluate(PosesFormat, Device, Common):
    """Measure how good a result is.

    With --truth it is compared with the video that it should equal. With --subject, VIDEO is real footage of the
    person: the subject is driven by its poses and compared with it (of the footage it was trained on, only the held-out
    end). With neither, only that is measured which needs no truth.
    """

    video: Positional[Path]
    """The result, or the footage."""
    truth: Path | None = None
    """What the result should show, frame by frame."""
    subject: Path | None = None
    """Folder of a subject, to be measured on the footage."""
    poses: Path | None = None
    """The normalised poses that drove the result (.npz or .json); with --subject, raw poses of the footage."""
    lpips: Path | None = None
    """AlexNet's published weights (.pth), to measure LPIPS too."""
    out: Path | None = None
    """Folder for the report: report.html, evaluation.json and, of a subject, result.mp4."""
    align: bool = False
    """Take the truth at the result's size, frame rate and length where they differ."""


CLIP_METRICS = {
    "color_drift": "colour drift, last fifth against first (CIELAB)",
    "identity_face": "distance of the face's colours (0 to 1)",
    "identity_clothes": "distance of the clothes' colours (0 to 1)",
}


def evaluate(arguments: Sequence[str]) -> None:
    """Evaluate; print a table, write the report."""
    command, _ = parse_command(Evaluate, arguments)
    if command.subject is not None and command.truth is not None:
        raise ConfigError("--truth and --subject are both given: with --subject, VIDEO is the truth. Give one of them.")
    if command.subject is not None and command.out is None:
        raise ConfigError("--subject needs --out, a folder for the result that it makes.")
    from motion_transfer.evaluation.report import text_table

    found = _evaluate(command)
    values = found.clip.get("result", {})
    shown = {text: values[name] for name, text in CLIP_METRICS.items() if math.isfinite(values.get(name, math.nan))}
    text = [text_table(found.summaries()), *(f"{name}: {value:.3f}" for name, value in shown.items())]
    text += [f"{'good:   ' if check.kept else 'not yet:'} {check.text}" for check in found.checks()]
    text += found.notes
    if command.out is not None:
        text.append(f"open {command.out / 'report.html'} for plots, frames and the videos side by side")
    command.print(found.to_dict(), "\n".join(text))


def _evaluate(command: Evaluate) -> "Evaluation":
    from motion_transfer.evaluation.metrics.lpips import Lpips
    from motion_transfer.files import check_results
    from motion_transfer.models.device import choose_device
    from motion_transfer.pose_cache import given_poses
    from motion_transfer.workflows.evaluate import REPORT, RESULT_VIDEO, evaluate_subject, evaluate_video

    if command.out is not None:
        names = REPORT if command.subject is None else (*REPORT, RESULT_VIDEO)
        check_results(command.out, names, (command.video, command.truth, command.poses, command.lpips))
    choose_device(command.device)
    lpips = None if command.lpips is None else Lpips(command.lpips)
    poses = given_poses(command.poses, command.poses_format, command.video)
    with command.progress() as progress:
        measured: dict[str, Any] = {"poses": poses, "lpips": lpips, "progress": progress}
        if command.subject is not None and command.out is not None:
            return evaluate_subject(command.subject, command.video, command.out, device=command.device, **measured)
        return evaluate_video(command.video, command.truth, out=command.out, align=command.align, **measured)
