"""The pictures of the comparison of presets: fidelity against compute, and frames to look at."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.fidelity_subjects import Library, Person
from benchmarks.fidelity_table import cost, figures, interval
from benchmarks.pair_pictures import frames_at
from motion_transfer.files import atomic_path
from motion_transfer.footage import split_footage
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader

Frame = npt.NDArray[np.uint8]

SHOWN = 6
TALLEST = 320
"""Pixels to which frames are reduced on a sheet."""

PLOTTED = {
    "person_ssim": "SSIM in the person's box",
    "person_psnr": "PSNR in the person's box, dB",
    "pose_body": "pose distance, % of the torso",
}


def draw_sheet(out: Path, person: Person, runs: list[str], library: Library) -> None:
    """Truth on top, then a row a run, at some moments; `sheet-NAME.jpg`."""
    first = 0
    if person.pair is not None:
        truth, results = library.clip(person.pair.truth), [out / person.name / run / "result.mp4" for run in runs]
    else:
        truth, results = person.footage, [out / person.name / run / "report" / "result.mp4" for run in runs]
        subject = load_subject(out / person.name / runs[0] / "subject")
        first = split_footage(subject.record["footage"]["frames"], subject.pipeline.train.held_out)[1].start
    with VideoReader(results[0]) as reader:
        shown = np.linspace(0, len(reader) - 1, SHOWN + 2).round().astype(int)[1:-1].tolist()
    rows = [frames_at(truth, [first + index for index in shown]), *(frames_at(each, shown) for each in results)]
    labelled = [
        _labelled(np.hstack([_reduced(frame) for frame in row]), name)
        for name, row in zip(["truth", *runs], rows, strict=True)
    ]
    with atomic_path(out / f"sheet-{person.name}.jpg") as path:
        cv2.imwrite(str(path), np.vstack(labelled)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])


def draw_plot(path: Path, result: dict[str, Any]) -> None:
    """Figures against compute, a line a preset: above by FLOPs, below by minutes; rendered people and filmed ones."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import FixedLocator, NullLocator

    runs, groups = result["runs"], _groups(result)
    plot, axes = pyplot.subplots(
        2, len(PLOTTED), figsize=(4.2 * len(PLOTTED), 6.4), squeeze=False, layout="constrained"
    )
    for column, (name, label) in enumerate(PLOTTED.items()):
        for row, unit in enumerate(("training, teraflops", "training, minutes")):
            axis = axes[row][column]
            for number, preset in enumerate(dict.fromkeys(run["preset"] for run in runs)):
                for title, subjects in groups.items():
                    points = [
                        _point(run["name"], name, row, subjects) for run in runs if run["preset"] == preset and subjects
                    ]
                    x, mean, below, above = np.array(sorted(points)).T
                    style = {"color": f"C{number}", "label": f"{Path(preset).stem}, {title}"}
                    line = "o-" if title == "rendered" else "s--"
                    axis.errorbar(x, mean, np.nan_to_num([below, above]), fmt=line, capsize=3, markersize=4, **style)
            axis.set_xscale("log")
            places = {x for line in axis.get_lines() for x in line.get_xdata() if x > 0}
            spent = [min(places), max(places)]
            axis.xaxis.set_major_locator(FixedLocator(spent))
            axis.xaxis.set_minor_locator(NullLocator())
            axis.xaxis.set_major_formatter("{x:.2g}")
            axis.set_xlim(spent[0] / 1.5, spent[1] * 1.5)
            axis.set_xlabel(unit)
            axis.set_ylabel(label)
            axis.grid(alpha=0.3)
    axes[0][0].legend(fontsize=8)
    with atomic_path(path) as temporary:
        plot.savefig(temporary, dpi=110, format="png")
    pyplot.close(plot)


def _groups(result: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The subjects that there are, rendered and filmed."""
    every = result["subjects"].values()
    groups = {"rendered": [each for each in every if each["rendered"]]}
    groups["filmed"] = [each for each in every if not each["rendered"]]
    return {title: subjects for title, subjects in groups.items() if subjects}


def _point(run: str, name: str, by: int, subjects: list[dict[str, Any]]) -> tuple[float, float, float, float]:
    """Compute, mean, and how far the interval reaches below and above it."""
    scores = [each["scores"][run] for each in subjects]
    mean, low, high = interval([figures(each)[name] for each in scores])
    return float(np.mean([cost(each)[by] for each in scores])), mean, mean - low, high - mean


def _reduced(frame: Frame) -> Frame:
    factor = min(1.0, TALLEST / frame.shape[0])
    return cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _labelled(row: Frame, text: str) -> Frame:
    row = row.copy()
    for colour, thickness in (((255, 255, 255), 3), ((0, 0, 0), 1)):
        cv2.putText(row, text, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA)
    return row
