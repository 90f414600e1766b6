"""The plot of the comparison of presets: fidelity against compute. `measure` leaves a report with frames beside it."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from benchmarks.fidelity.persons import Run
from benchmarks.fidelity.tables import Result, costs, interval, metrics
from motion_transfer.files import atomic_path

PLOTTED = {
    "person_perceptual": "perceptual distance inside the person",
    "person_sharpness": "sharpness, times the truth's",
    "pose_body": "pose distance, % of the torso",
}


def draw_plot(path: Path, runs: Sequence[Run], results: Sequence[Result]) -> None:
    """Metrics against compute, a line a preset: in teraflops where they were counted, else in minutes."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    counted = costs([results[0].scores[runs[0].name]])["teraflops"] is not None
    unit = "teraflops" if counted else "minutes"
    plot, axes = pyplot.subplots(1, len(PLOTTED), figsize=(4.2 * len(PLOTTED), 3.6), layout="constrained")
    for axis, (metric, label) in zip(axes, PLOTTED.items(), strict=True):
        for kind, line in (("rendered", "o-"), ("filmed", "s--")):
            chosen = [result for result in results if result.rendered == (kind == "rendered")]
            for number, preset in enumerate(dict.fromkeys(run.preset for run in runs) if chosen else ()):
                points = []
                for run in (run for run in runs if run.preset == preset):
                    scores = [result.scores[run.name] for result in chosen]
                    points.append([costs(scores)[unit], *interval(metrics(each)[metric] for each in scores)])
                x, mean, low, high = np.array(sorted(points)).T
                style = {"color": f"C{number}", "capsize": 3, "label": f"{Path(preset).stem}, {kind}"}
                axis.errorbar(x, mean, np.nan_to_num([mean - low, high - mean]), fmt=line, **style)
        axis.set(xscale="log", xlabel=f"training, {unit}", ylabel=label)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    with atomic_path(path) as temporary:
        plot.savefig(temporary, dpi=110, format="png")
    pyplot.close(plot)
