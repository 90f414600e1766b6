"""The footage check as one picture: what was found, when, where, and which poses the footage covers."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from motion_transfer.footage.plate import Plates
from motion_transfer.footage_check.check import FootageCheck
from motion_transfer.footage_check.poses import DEPTHS, DIRECTIONS, ENOUGH_SECONDS, HEIGHTS, SIDES
from motion_transfer.types import Frame, Image, Mask, Numbers

SIZE, DPI = (12.8, 10.4), 100  # inches, and pixels an inch
INK, FAINT, LINE = "#262a33", "#767c88", "#dee1e6"
GREEN, AMBER, RED, BLUE = "#2e9e6b", "#e09c14", "#d13f3f", "#3a6ec4"
PRESENT, RARE = "#addbc6", "#f7d6d2"
GRADES = {"good": GREEN, "warn": AMBER, "stop": RED}
HEADS = {"good": ("good footage", GREEN), "usable": ("usable", AMBER), "unusable": ("not fit for training", RED)}

STATES = ListedColormap([PRESENT, LINE, RED])  # of a frame in the time line: as it should be, unknown, at fault
COVERAGE = LinearSegmentedColormap.from_list("coverage", ["#bfe3d2", GREEN])
HEAT = LinearSegmentedColormap.from_list("heat", [(0.96, 0.7, 0.3, 0.0), (0.93, 0.3, 0.15, 0.85)])
STILL = 640  # pixels of the longer side of the background, at most
COLUMNS = 1000  # of the time line, at most


def draw_check(check: FootageCheck) -> Image:
    """Draw a check, (1040, 1280, 3) uint8 RGB.

    Above the findings; beside them where the joints were seen, the background (red where it is always hidden), and the
    coverage of poses in seconds: from which sides the person was seen, where the arms were, and where on the floor the
    person stood (red where not for long enough).
    Below the clip from beginning to end: faults are red.
    """
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    _draw_title(figure, check)
    grid = figure.add_gridspec(2, 2, height_ratios=[1.75, 1], width_ratios=[1.05, 1])
    left, right, lower = (figure.add_subfigure(part) for part in (grid[0, 0], grid[0, 1], grid[1, :]))
    _draw_findings(left, check)
    _draw_heat(right.add_axes((0.02, 0.45, 0.46, 0.4)), check.frames.still, check.poses.heat)
    _draw_plate(right.add_axes((0.5, 0.45, 0.46, 0.4)), check.plates)
    _draw_directions(right.add_axes((0.02, 0.06, 0.28, 0.28), projection="polar"), check.poses.directions)
    _draw_grid(
        right.add_axes((0.42, 0.06, 0.22, 0.28)), check.poses.arms[::-1], HEIGHTS[::-1], HEIGHTS, "right / left arm, s"
    )
    _draw_grid(right.add_axes((0.76, 0.06, 0.22, 0.28)), check.poses.places, DEPTHS, SIDES, "depth / side, s")
    _draw_timeline(lower, check)
    canvas.draw()  # type: ignore[no-untyped-call]
    image: Image = np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
    return image


def _draw_title(figure: Figure, check: FootageCheck) -> None:
    words, color = HEADS[check.grade]
    figure.text(0.025, 0.955, check.name, size=17, color=INK)
    details = f"{check.seconds:.0f} s, {check.size[0]} x {check.size[1]}"
    figure.text(0.025, 0.932, details, size=10, color=FAINT)
    pill = {"boxstyle": "round,pad=0.5,rounding_size=1.2", "facecolor": color, "edgecolor": "none"}
    figure.text(0.965, 0.952, words, size=12, color="white", ha="right", bbox=pill)


def _draw_findings(panel: SubFigure, check: FootageCheck) -> None:
    axes = panel.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 100), ylim=(100, 0))
    axes.axis("off")
    y = 19.0
    for finding in check.findings:
        axes.plot(5.2, y - 0.9, "o", color=GRADES[finding.grade], markersize=8)
        axes.text(8, y, finding.about, size=10, weight="bold", color=INK)
        for text, color in ((finding.text, INK), (finding.advice, FAINT)):
            for line in textwrap.wrap(text, 62):
                axes.text(25, y, line, size=9.5, color=color)
                y += 2.75
        y += 1.6


def _draw_heat(axes: Axes, still: Frame, heat: Numbers) -> None:
    """A pale frame of the footage, and over it how often a joint lay in each place."""
    extent = (0, still.shape[1], still.shape[0], 0)
    axes.imshow(255 - (255 - still.astype(np.float32)) * 0.45, cmap="gray", vmin=0, vmax=255, extent=extent)
    share = np.sqrt(np.clip(heat / max(float(np.percentile(heat, 99.5)), 1e-6), 0, 1))
    axes.imshow(share, cmap=HEAT, vmin=0, vmax=1, extent=extent, interpolation="bicubic")
    axes.axis("off")
    axes.set_title("where joints were seen", size=10, color=FAINT)


def _draw_plate(axes: Axes, plates: Plates) -> None:
    """The background of the scene that is shown longest; what was never seen of it is red."""
    step = -(-max(plates.seen[0].shape) // STILL)
    image = plates.images[0][::step, ::step].astype(np.float32)
    red = np.array([209, 63, 63], np.float32)
    image[~plates.seen[0][::step, ::step]] = image[~plates.seen[0][::step, ::step]] * 0.5 + red * 0.5
    axes.imshow(image.astype(np.uint8), interpolation="bilinear")
    axes.axis("off")
    axes.set_title("background", size=10, color=FAINT)


def _draw_directions(axes: Axes, seconds: Numbers) -> None:
    """The sides of the person that were seen, from above; the camera is at the bottom."""
    axes.set_theta_zero_location("S")  # type: ignore[attr-defined]
    angles = np.radians(45 * np.arange(len(DIRECTIONS)))  # towards the camera, the person has their left on the right
    axes.bar(angles, 0.6, width=np.radians(42), bottom=0.4, color=_shades(seconds))
    axes.set_xticks(angles[::2], DIRECTIONS[::2], size=8, color=FAINT)
    axes.tick_params(pad=-2)
    axes.set(yticks=[], ylim=(0, 1))
    axes.spines["polar"].set_visible(False)
    axes.grid(False)
    axes.set_title("seen from", size=10, color=FAINT, pad=10)


def _draw_grid(axes: Axes, seconds: Numbers, rows: tuple[str, ...], columns: tuple[str, ...], name: str) -> None:
    """Seconds in each cell of a 3 x 3 grid."""
    colors = _shades(seconds.ravel())
    for index, value in enumerate(seconds.ravel()):
        row, column = divmod(index, 3)
        axes.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, color=colors[index], linewidth=0))
        axes.text(column, row, f"{value:.0f}", size=9, color=INK, ha="center", va="center")
    axes.set(xlim=(-0.5, 2.5), ylim=(2.5, -0.5), aspect="equal")
    axes.set_xticks(range(3), columns, size=8, color=FAINT)
    axes.set_yticks(range(3), rows, size=8, color=FAINT)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(name, size=10, color=FAINT)


def _draw_timeline(panel: SubFigure, check: FootageCheck) -> None:
    """A row for each subject, the time from left to right."""
    poses, frames, total = check.poses, check.frames, len(check.poses.present)
    away = ~poses.present
    several = np.repeat(check.several, -(-total // max(len(check.several), 1)))[:total]
    unknown = np.ones(total, bool)
    rows = {
        "person": _states(away, ~unknown),
        **{part: _states(poses.outside[part], away) for part in ("head", "hands", "feet")},
        "one person": _states(several, away) if len(several) == total else _states(~unknown, unknown),
    }
    strips, orientation, shift, sharpness = panel.subplots(
        4,
        1,
        sharex=True,
        height_ratios=[5, 1, 2, 2],
        gridspec_kw={"left": 0.1, "right": 0.975, "bottom": 0.1, "top": 1},
    )
    extent = (0.0, check.seconds, 0.0, 1.0)
    image = np.stack([_shrink(row) for row in rows.values()])
    strips.imshow(image, cmap=STATES, vmin=0, vmax=2, aspect="auto", extent=(0, check.seconds, len(rows), 0))
    strips.set_yticks(np.arange(len(rows)) + 0.5, list(rows), size=9, color=INK)
    strips.hlines(np.arange(1, len(rows)), 0, check.seconds, color="white", linewidth=3)
    towards = np.cos(np.radians(poses.body_orientation))[None]
    orientation.set_facecolor(LINE)
    orientation.imshow(towards, cmap="BrBG", vmin=-1.5, vmax=1.5, aspect="auto", extent=extent, interpolation="nearest")
    orientation.set_yticks([0.5], ["orientation"], size=9, color=INK)
    times = frames.sampled * check.every * check.seconds / max(total * check.every, 1)
    for axes, name, values, most in (
        (shift, "shift, %", 100 * frames.shift, 3.0),
        (sharpness, "sharpness", frames.sharpness, 1.5),
    ):
        known = ~np.isnan(values)
        axes.plot(times[known], np.clip(values[known], 0, most), color=BLUE, linewidth=1.3)
        if not known.any():
            axes.text(0.5, 0.5, "unknown", size=9, color=FAINT, ha="center", va="center", transform=axes.transAxes)
        axes.set(ylim=(-0.04 * most, 1.04 * most))
        axes.set_yticks([0, most], ["0", f"{most:g}"], size=8, color=FAINT)
        axes.set_ylabel(name, size=9, color=INK, rotation=0, ha="right", va="center", labelpad=16)
    for axes in (strips, orientation, shift, sharpness):
        axes.tick_params(length=0)
        axes.spines[:].set_color(LINE)
        axes.vlines(
            [cut * check.seconds / max(total * check.every, 1) for cut in frames.cuts], *axes.get_ylim(), color=RED
        )
    sharpness.xaxis.set_major_locator(MaxNLocator(8))
    sharpness.tick_params(axis="x", labelsize=8, labelcolor=FAINT)
    sharpness.set(xlim=(0, max(check.seconds, 1e-3)))
    sharpness.set_xlabel("seconds", size=9, color=FAINT)


def _shades(seconds: Numbers) -> list[tuple[float, ...] | str]:
    """Green, the darker the longer, or pale red where it is not long enough."""
    share = np.sqrt(seconds / max(float(seconds.max()), 1e-6))
    return [COVERAGE(part) if time >= ENOUGH_SECONDS else RARE for part, time in zip(share, seconds, strict=True)]


def _states(fault: Mask, unknown: Mask) -> Numbers:
    """The state of each frame, see `STATES`."""
    states: Numbers = np.where(unknown, 1.0, np.where(fault, 2.0, 0.0))
    return states


def _shrink(row: Numbers) -> Numbers:
    """At most `COLUMNS` values of a row: the worst of those that fall together, so that a short fault stays visible."""
    if len(row) <= COLUMNS:
        return np.repeat(row, max(1, COLUMNS // max(len(row), 1)))
    shrunk: Numbers = np.maximum.reduceat(row, np.linspace(0, len(row), COLUMNS, endpoint=False).astype(int))
    return shrunk
