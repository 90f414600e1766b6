"""What each part of Everybody Dance Now adds: frame by frame, + temporal, + face, and a longer unroll.

    python -m benchmarks.ablation FOOTAGE --out FOLDER [--pipeline edn-small] [--minutes 60] [--steps N]
        [--rows frame-by-frame temporal face unroll-4] [--seconds 60] [--poses FILE] [--device cpu]

Trains a subject on FOOTAGE for each row, in the same time for its main stages, and drives it with the poses of the
held-out end of the footage, played to and fro until SECONDS have passed: every frame's truth is known, and the
generator sees its own frames for a minute, as in a transfer. Where the work was interrupted it goes on. Writes
FOLDER/ablation.json and FOLDER/ablation.png (truth and rows at some moments), and prints a table:

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

from motion_transfer.cli.console import progress
from motion_transfer.cli.train import share_bounds
from motion_transfer.config import FaceStageSettings, Pipeline, load_pipeline
from motion_transfer.evaluation import flicker, region_similarity
from motion_transfer.learn import learn_subject
from motion_transfer.models import choose_device
from motion_transfer.pose import OPENPOSE_137, PoseSequence, face_boxes, load_poses
from motion_transfer.progress import Report, track
from motion_transfer.subject import Footage, load_subject, person_mask, split_footage, study_footage, to_canvas
from motion_transfer.synthesis import synthesise

Frame = npt.NDArray[np.uint8]

ROWS = ("frame-by-frame", "temporal", "face", "unroll-4")
SHOWN = 6
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
    results: dict[str, Any] = {}
    pictures = {}
    with progress(quiet=False) as report:
        for row in options.rows:
            folder, pipeline = options.out / row, pipeline_of(row, whole)
            learn_subject(options.footage, folder, pipeline, poses=poses, device=options.device, report=report)
            footage = study_footage(options.footage, folder / "training" / "footage", pipeline, poses=poses)
            results[row], pictures[row] = measure(folder, footage, options.seconds, options.device, report)
            (options.out / "ablation.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    sheet = np.concatenate([pictures[options.rows[0]][0], *(pictures[row][1] for row in options.rows)])
    cv2.imwrite(str(options.out / "ablation.png"), sheet[..., ::-1])
    print(table(results))


def pipeline_of(row: str, whole: Pipeline) -> Pipeline:
    """The pipeline of a row: the whole method without what the row does not have."""
    main_only = replace(whole, model=replace(whole.model, face=False, hands=False), train_face=FaceStageSettings())
    if row == "frame-by-frame":
        model, train = replace(main_only.model, temporal=False), replace(main_only.train, unroll=1)
        return replace(main_only, model=model, train=train)
    if row == "temporal":
        return main_only
    if row == "face":
        return whole
    return replace(main_only, train=replace(main_only.train, unroll=4))


def measure(
    folder: Path, footage: Footage, seconds: float, device: str | None, report: Report
) -> tuple[dict[str, Any], tuple[Frame, Frame]]:
    """Figures of one subject, and a strip of the truth and one of its frames."""
    subject = load_subject(folder)
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
    frames = track(synthesise(subject, poses, choose_device(device)), f"driving {folder.name}", length, report)
    for place, box, frame in zip(places, boxes, _on_canvas(frames, footage.canvas), strict=True):
        if len(made) < len(unseen):
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
    masks = [
        person_mask(xy * scale.astype(np.float32), OPENPOSE_137.body_bones, footage.canvas) for xy in poses.xy[:first]
    ]
    ends = max(1, round(ENDS * len(colours)))
    figures = {
        **{name: asdict(found) for name, found in region_similarity(made, truth, regions).items()},
        "still": flicker(made, masks),
        "still_truth": flicker(truth, masks),
        "person_moves": float(np.mean(changes)),
        "drift": float(np.mean(colours[-ends:]) - np.mean(colours[:ends])),
        "colour_at_end": float(np.mean(colours[-ends:])),
        "seconds": float(length / footage.poses.fps),
        "training": subject.record["training"],
    }
    shown = np.linspace(0, first - 1, SHOWN).round().astype(int)
    return figures, tuple(np.concatenate([each[i] for i in shown], axis=1) for each in (truth, made))  # type: ignore[return-value]


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
