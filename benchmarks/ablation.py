"""What each part of Everybody Dance Now adds: frame by frame, + temporal, + face, and a longer unroll.

    python -m benchmarks.ablation FOOTAGE --out FOLDER [--pipeline edn-small] [--minutes 60] [--steps N]
        [--rows frame-by-frame temporal face unroll-4] [--seconds 60] [--poses FILE] [--device cpu]

Trains a subject on FOOTAGE for each row, in the same time for its main stages, and drives it with the poses of the
held-out end of the footage: every frame's truth is known. Rows "temporal" and "unroll-4" play that end to and fro
until SECONDS have passed, so that the generator sees its own frames for a minute, as in a transfer; frame by frame
nothing can drift, and with the face it drifts as without, so these two are driven once. "temporal" is the subject of
"face" without its face generator, since the face stage leaves all else as it is. Rows that were measured before are
not made again, and where the work was interrupted it goes on. Writes FOLDER/ROW.json, a strip FOLDER/ROW.png and
FOLDER/ablation.png (truth and rows at some moments), and prints two tables of all rows so far. Of each training stage:

    held out        PSNR in dB of the first and the last look at six held-out frames, inside the person's box, of
                    the face stage inside the face's

and of each row:

    person, face    PSNR in dB and SSIM inside the boxes, over the first pass
    still           flicker where nobody is: mean change from frame to frame, grey levels of 255; the truth's beside it
    person moves    how far the change from frame to frame is from the truth's, inside the person's box, grey levels
    drift           colour of the person's box: its mean distance from the truth's in the last fifth of the time,
                    less that in the first fifth, in grey levels; and the distance in the last fifth
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.cli.console import show_progress
from motion_transfer.cli.verbs.train import share_bounds
from motion_transfer.config import FaceStageSettings, Pipeline, load_pipeline
from motion_transfer.config.options import TrainOptions
from motion_transfer.evaluation import flicker, region_similarity
from motion_transfer.footage import Footage, person_mask, preprocess_footage, split_footage, to_canvas
from motion_transfer.models import choose_device
from motion_transfer.pose import OPENPOSE_137, PoseSequence, face_boxes, load_poses
from motion_transfer.progress import ProgressCallback, track
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis import synthesise
from motion_transfer.training.run.log import read_log
from motion_transfer.workflows.train import train

Frame = npt.NDArray[np.uint8]

ROWS = ("frame-by-frame", "temporal", "face", "unroll-4")
TRAINED = {row: row for row in ROWS} | {"temporal": "face"}
"""The row whose training each one takes its subject from."""
SHOWN = 6
SHEET_MINUTES = 0.5
"""Minutes between two looks at held-out frames."""
ENDS = 0.2
"""Share of the time at its start and at its end over which colours are averaged for the drift."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("footage", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pipeline", default="edn-small")
    parser.add_argument("--minutes", type=float, default=None, help="of all stages of the whole method together")
    parser.add_argument("--steps", type=int, default=None, help="instead of minutes")
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=ROWS)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--poses", type=Path, default=None)
    parser.add_argument("--device", default=None)
    options = parser.parse_args()
    whole = share_bounds(load_pipeline(options.pipeline), options.steps, options.minutes)
    options.out.mkdir(exist_ok=True)
    poses = load_poses(options.poses) if options.poses else None
    with show_progress(quiet=False) as progress:
        for row in options.rows:
            if (options.out / f"{row}.json").exists():
                continue
            folder, pipeline = options.out / TRAINED[row], pipeline_of(TRAINED[row], whole)
            train(
                options.footage,
                folder,
                pipeline,
                TrainOptions(device=options.device, force=True),
                poses=poses,
                progress=progress,
            )
            footage = preprocess_footage(options.footage, folder / "training" / "footage", pipeline, poses=poses)
            subject = load_subject(folder)
            if row == "temporal":
                subject = faceless(subject)
            seconds = options.seconds if row in ("temporal", "unroll-4") else 0.0
            figures, (truth, made) = measure(subject, footage, seconds, options.device, row, progress)
            figures["stages"] = {} if row == "temporal" else looks(folder)
            cv2.imwrite(str(options.out / "truth.png"), truth[..., ::-1])
            cv2.imwrite(str(options.out / f"{row}.png"), made[..., ::-1])
            (options.out / f"{row}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    done = [row for row in ROWS if (options.out / f"{row}.json").exists()]
    strips = [cv2.imread(str(options.out / f"{name}.png")) for name in ("truth", *done)]
    cv2.imwrite(str(options.out / "ablation.png"), np.concatenate(strips))
    results = {row: json.loads((options.out / f"{row}.json").read_text(encoding="utf-8")) for row in done}
    print(f"{stage_table(results)}\n\n{table(results)}")


def pipeline_of(row: str, whole: Pipeline) -> Pipeline:
    """The pipeline of a row: the whole method without what the row does not have."""
    whole = replace(whole, train=replace(whole.train, sheet_minutes=SHEET_MINUTES))
    main_only = replace(whole, model=replace(whole.model, face=False, hands=False), train_face=FaceStageSettings())
    if row == "frame-by-frame":
        model, train = replace(main_only.model, temporal=False), replace(main_only.train, unroll=1)
        return replace(main_only, model=model, train=train)
    if row == "temporal":
        return main_only
    if row == "face":
        return whole
    return replace(main_only, train=replace(main_only.train, unroll=4))


def faceless(subject: Subject) -> Subject:
    """The subject without what improves its faces."""
    subject.generator.face = None
    return replace(subject, pipeline=replace(subject.pipeline, model=replace(subject.pipeline.model, face=False)))


def looks(folder: Path) -> dict[str, dict[str, float]]:
    """Steps of each stage of a training, and what the held-out frames came to at its first and its last look."""
    found: dict[str, dict[str, float]] = {}
    for line in read_log(folder / "training"):
        if "held_out_psnr" in line:
            stage = found.setdefault(line["stage"], {"first_step": line["step"], "first": line["held_out_psnr"]})
            stage |= {"last_step": line["step"], "last": line["held_out_psnr"]}
    return found


def measure(
    subject: Subject, footage: Footage, seconds: float, device: str | None, name: str, progress: ProgressCallback
) -> tuple[dict[str, Any], tuple[Frame, Frame]]:
    """Figures of one subject, and a strip of the truth and one of its frames."""
    _, unseen = split_footage(len(footage.poses), subject.pipeline.train.held_out)
    length = max(len(unseen), round(seconds * footage.poses.fps))
    places = to_and_fro(len(unseen), length)
    poses = frames_of(footage.poses[unseen.start : unseen.stop], places)
    scale = np.divide(footage.canvas, poses.size)
    boxes = (poses.boxes(margin=0.1) * np.tile(scale, 2)).astype(np.float32)
    faces = (face_boxes(poses) * np.tile(scale, 2)).astype(np.float32)

    truth = [footage.frame(unseen[place]) for place in range(len(unseen))]
    made: list[Frame] = []
    colours, changes = [], []
    before: tuple[Frame, Frame] | None = None
    frames = track(synthesise(subject, poses, choose_device(device)), f"driving {name}", length, progress)
    for place, box, frame in zip(places, boxes, _on_canvas(frames, footage.canvas), strict=True):
        made.append(frame)
        now = (frame, truth[place])
        if not np.isnan(box).any():
            own, true = (_inside(image, box).reshape(-1, 3).mean(axis=0) for image in now)
            colours.append(np.abs(own - true).mean())
            if before is not None:
                own, true = (
                    _inside(after.astype(float) - image, box) for after, image in zip(now, before, strict=True)
                )
                changes.append(np.abs(own - true).mean())
        before = now

    first = len(unseen)
    regions = {"person": boxes[:first], "face": faces[:first]}
    once = [
        person_mask(xy * scale.astype(np.float32), OPENPOSE_137.body_bones, footage.canvas) for xy in poses.xy[:first]
    ]
    masks = [once[place] for place in places]
    ends = max(1, round(ENDS * len(colours)))
    figures = {
        **{name: asdict(found) for name, found in region_similarity(made[:first], truth, regions).items()},
        "still": flicker(made, masks),
        "still_truth": flicker([truth[place] for place in places], masks),
        "person_moves": float(np.mean(changes)),
        "drift": float(np.mean(colours[-ends:]) - np.mean(colours[:ends])),
        "colour_at_end": float(np.mean(colours[-ends:])),
        "seconds": float(length / footage.poses.fps),
        "training": subject.record["training"],
    }
    shown = np.linspace(0, first - 1, SHOWN).round().astype(int)
    return figures, tuple(np.concatenate([each[i] for i in shown], axis=1) for each in (truth, made))  # type: ignore[return-value]


def stage_table(results: dict[str, Any]) -> str:
    """What each stage came to, as a table in Markdown."""
    lines = ["| | stage | held out, at first (step) | at the end (step) |", "|---|---|---|---|"]
    for row, found in results.items():
        for stage, seen in found["stages"].items():
            first, last = (f"{seen[when]:.2f} ({seen[f'{when}_step']})" for when in ("first", "last"))
            lines.append(f"| {row} | {stage} | {first} | {last} |")
    return "\n".join(lines)


def table(results: dict[str, Any]) -> str:
    """The figures as a table in Markdown."""
    lines = [
        "| | steps | person PSNR | SSIM | face PSNR | SSIM | still (truth) | person moves | drift | colour at end |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row, found in results.items():
        cells = [row, found["training"]["steps"]]
        for region in ("person", "face"):
            cells += [_figure(found[region]["psnr"], 2), _figure(found[region]["ssim"], 3)]
        cells.append(f"{found['still']:.2f} ({found['still_truth']:.2f})")
        cells += [f"{found[name]:.2f}" for name in ("person_moves", "drift", "colour_at_end")]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def to_and_fro(frames: int, length: int) -> list[int]:
    """Indices that run through some frames forwards and backwards until there are so many."""
    wave = [*range(frames), *range(frames - 2, 0, -1)]
    return [wave[index % len(wave)] for index in range(length)]


def frames_of(poses: PoseSequence, places: list[int]) -> PoseSequence:
    """The poses at some places, in that order."""
    depth = None if poses.depth is None else poses.depth[places]
    return replace(poses, xy=poses.xy[places], score=poses.score[places], depth=depth)


def _on_canvas(frames: Iterator[Frame], canvas: tuple[int, int]) -> Iterator[Frame]:
    return (to_canvas(frame, canvas) for frame in frames)


def _inside(image: npt.NDArray[Any], box: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    left, top = np.floor(box[:2]).astype(int)
    right, bottom = np.ceil(box[2:]).astype(int)
    return image[top : max(bottom, top + 1), left : max(right, left + 1)]


def _figure(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


if __name__ == "__main__":
    main()
