"""The footage check as one picture: what was found, when, where, and which poses the footage covers."""

import cv2
import numpy as np

from motion_transfer.footage_check.check import FootageCheck
from motion_transfer.footage_check.poses import DEPTHS, ENOUGH_SECONDS, HEIGHTS, SIDES, WAYS
from motion_transfer.types import Color, Image, Mask, Numbers

WIDTH, HEIGHT = 1280, 960
_FINE = 2  # everything is drawn this much larger and averaged down: smooth lines and letters
_FONT = cv2.FONT_HERSHEY_DUPLEX

INK, FAINT, LINE, PAPER = (38, 42, 51), (118, 124, 136), (222, 225, 230), (255, 255, 255)
GREEN, AMBER, RED, BLUE = (46, 158, 107), (224, 156, 20), (209, 63, 63), (58, 110, 196)
_GRADES = {"good": GREEN, "warn": AMBER, "stop": RED}
_VERDICTS = {"good": ("good footage", GREEN), "usable": ("usable", AMBER), "unusable": ("not fit for training", RED)}
_ROWS = ("person", "head", "hands", "feet", "one person", "facing")


def draw_check(check: FootageCheck) -> Image:
    """Draw a check, (960, 1280, 3) uint8 RGB.

    Above the findings; beside them where the joints were seen, and the space of poses: from which sides the person
    was seen, where the arms were, and where on the floor the person stood (green where it was for long enough).
    Below the clip from beginning to end: what is red is missing.
    """
    sheet = _Sheet()
    sheet.write(check.name, 30, 46, 0.8)
    length = f"{check.seconds:.0f} s, {check.size[0]} x {check.size[1]}"
    sheet.write(length, 30, 74, 0.48, FAINT)
    words, color = _VERDICTS[check.verdict]
    sheet.pill(words, WIDTH - 30, 46, color)
    _findings(sheet, check, 30, 112, 590)
    _heat(sheet, check, (660, 100, 590, 262))
    _ways(sheet, check.poses.ways, 760, 490)
    _grid(sheet, check.poses.arms, (905, 420), "right arm", HEIGHTS, "left arm", HEIGHTS, rows_upwards=True)
    _grid(sheet, check.poses.places, (1100, 420), "depth", DEPTHS, "side", SIDES, rows_upwards=False)
    _timeline(sheet, check, (130, 640, WIDTH - 160, 290))
    return sheet.picture()


class _Sheet:
    """White paper, drawn on in pixels of the finished picture."""

    def __init__(self) -> None:
        self.canvas = np.full((HEIGHT * _FINE, WIDTH * _FINE, 3), PAPER, np.uint8)

    def picture(self) -> Image:
        return cv2.resize(self.canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)

    def write(self, text: str, x: float, y: float, size: float = 0.44, color: Color = INK, align: float = 0.0) -> None:
        """Write from x on (align 0), around it (0.5), or up to it (1); y is the base line."""
        plain = text.encode("ascii", "replace").decode()  # OpenCV has no other letters
        left = round(x * _FINE - align * self.width(plain, size) * _FINE)
        thickness = 2 if size > 0.6 else 1
        cv2.putText(self.canvas, plain, (left, round(y * _FINE)), _FONT, size * _FINE, color, thickness, cv2.LINE_AA)

    def width(self, text: str, size: float) -> float:
        return float(cv2.getTextSize(text, _FONT, size * _FINE, 1)[0][0]) / _FINE

    def box(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        left, top, right, bottom = (round(v * _FINE) for v in (x, y, x + width, y + height))
        self.canvas[max(top, 0) : max(bottom, top + 1), max(left, 0) : max(right, left + 1)] = color

    def line(self, points: Numbers, color: Color, thickness: float = 1.0) -> None:
        fixed = np.rint(np.asarray(points) * _FINE).astype(np.int32)
        cv2.polylines(self.canvas, [fixed], False, color, round(thickness * _FINE), cv2.LINE_AA)

    def fill(self, points: Numbers, color: Color) -> None:
        cv2.fillPoly(self.canvas, [np.rint(np.asarray(points) * _FINE).astype(np.int32)], color, cv2.LINE_AA)

    def pill(self, text: str, right: float, y: float, color: Color) -> None:
        width = self.width(text, 0.56) + 28
        for x in (right - width + 15, right - 15):
            cv2.circle(self.canvas, (round(x * _FINE), round((y - 7) * _FINE)), 15 * _FINE, color, -1, cv2.LINE_AA)
        self.box(right - width + 15, y - 22, width - 30, 30, color)
        self.write(text, right - width / 2, y - 1, 0.56, PAPER, align=0.5)


def _findings(sheet: _Sheet, check: FootageCheck, x: float, y: float, width: float) -> None:
    for finding in check.findings:
        center = (round((x + 6) * _FINE), round((y - 5) * _FINE))
        cv2.circle(sheet.canvas, center, 6 * _FINE, _GRADES[finding.grade], -1, cv2.LINE_AA)
        sheet.write(finding.about, x + 22, y, 0.46)
        for text, color in ((finding.text, INK), (finding.advice, FAINT)):
            for line in _wrapped(sheet, text, width - 110):
                sheet.write(line, x + 110, y, 0.43, color)
                y += 18
        y += 10


def _wrapped(sheet: _Sheet, text: str, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and sheet.width(longer, 0.43) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _heat(sheet: _Sheet, check: FootageCheck, area: tuple[int, int, int, int]) -> None:
    """A pale frame of the footage, and over it how often a joint lay in each place."""
    x, y, width, height = (value * _FINE for value in area)
    still = check.frames.still
    scale = min(width / still.shape[1], height / still.shape[0])
    size = (round(still.shape[1] * scale), round(still.shape[0] * scale))
    pale = 255 - (255 - cv2.resize(still, size, interpolation=cv2.INTER_AREA).astype(np.float32)) * 0.45
    heat = cv2.resize(check.poses.heat.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    share = np.sqrt(np.clip(heat / max(float(np.percentile(check.poses.heat, 99.5)), 1e-6), 0, 1))[..., None] * 0.85
    glow = np.stack([np.full(size[::-1], 235.0), 200 - 150 * share[..., 0], 60 - 40 * share[..., 0]], axis=2)
    left, top = round(x + (width - size[0]) / 2), round(y)
    sheet.canvas[top : top + size[1], left : left + size[0]] = np.rint(pale[..., None] * (1 - share) + glow * share)
    sheet.write("where joints were seen", area[0] + area[2] / 2, area[1] + area[3] + 20, 0.43, FAINT, align=0.5)


def _shade(seconds: float, most: float) -> Color:
    """Green, the darker the longer, or pale red where it is not long enough."""
    if seconds < ENOUGH_SECONDS:
        return (247, 214, 210)
    share = 0.35 + 0.65 * min(seconds / max(most, 1e-6), 1.0) ** 0.5
    red, green, blue = (round(255 + (channel - 255) * share) for channel in GREEN)
    return red, green, blue


def _ways(sheet: _Sheet, seconds: Numbers, x: float, y: float) -> None:
    """The sides of the person that were seen, from above; the camera is at the bottom."""
    for i, name in enumerate(WAYS):
        middle = np.radians(90 - 45 * i)  # facing the camera below, the person has their left on the right
        arc = middle - np.linspace(-np.pi / 8, np.pi / 8, 12) * 0.94
        ring = np.stack([np.cos(arc), np.sin(arc)], axis=1)
        outline = np.vstack([62 * ring, 24 * ring[::-1]]) + np.array((x, y))
        sheet.fill(outline, _shade(float(seconds[i]), float(seconds.max())))
        if i % 2 == 0:
            at = np.array([np.cos(middle), np.sin(middle)]) * 75 + (x, y + 5)
            sheet.write(name, float(at[0]), float(at[1]), 0.38, FAINT, align=(0.5, 0.0, 0.5, 1.0)[i // 2])
    sheet.write("seen from", x, y + 112, 0.43, FAINT, align=0.5)


def _grid(
    sheet: _Sheet,
    seconds: Numbers,
    corner: tuple[float, float],
    row_name: str,
    rows: tuple[str, ...],
    column_name: str,
    columns: tuple[str, ...],
    *,
    rows_upwards: bool,
) -> None:
    x, y = corner[0] + 30, corner[1] + 10
    for row in range(3):
        at = y + 44 * (2 - row if rows_upwards else row)
        sheet.write(rows[row], x - 6, at + 26, 0.38, FAINT, align=1.0)
        for column in range(3):
            time = float(seconds[row, column])
            sheet.box(x + 44 * column, at, 42, 42, _shade(time, float(seconds.max())))
            if time >= ENOUGH_SECONDS:
                sheet.write(f"{time:.0f}", x + 44 * column + 21, at + 26, 0.38, INK, align=0.5)
    for column in range(3):
        sheet.write(columns[column], x + 44 * column + 21, y + 147, 0.38, FAINT, align=0.5)
    sheet.write(f"{row_name} / {column_name}, s", x + 66, y + 172, 0.43, FAINT, align=0.5)


def _timeline(sheet: _Sheet, check: FootageCheck, area: tuple[int, int, int, int]) -> None:
    """A row for every matter, the time from left to right."""
    x, y, width, height = area
    poses, frames = check.poses, check.frames
    total = len(poses.present)
    away = ~poses.present
    several = np.repeat(check.several, -(-total // max(len(check.several), 1)))[:total]
    problems = [away, *(poses.outside[part] for part in ("head", "hands", "feet")), several]
    for i, (name, bad) in enumerate(zip(_ROWS[:5], problems, strict=True)):
        _strip(sheet, name, _problem_colors(bad, away & (i > 0), total), (x, y + 24 * i, width, 18))
    _strip(sheet, "facing", _facing_colors(poses.body_orientation), (x, y + 24 * 5, width, 18))
    for i, (name, values, low, high) in enumerate(
        (("shift", 100 * frames.shift, 0.0, 3.0), ("sharpness", frames.sharpness, 0.0, 1.5))
    ):
        top = y + 24 * 6 + 52 * i
        sheet.write(name, x - 12, top + 26, 0.43, INK, align=1.0)
        sheet.line(np.array([(x, top + 44), (x + width, top + 44)]), LINE)
        known = np.flatnonzero(~np.isnan(values))
        if len(known) > 1:
            across = x + width * frames.sampled[known] / max(total - 1, 1)
            up = top + 44 - 42 * np.clip((values[known] - low) / (high - low), 0, 1)
            sheet.line(np.stack([across, up], axis=1), BLUE, 1.5)
        else:
            sheet.write("cannot be told", x + width / 2, top + 26, 0.38, FAINT, align=0.5)
    for cut in frames.cuts:
        at = x + width * cut / max(total * check.every, 1)
        sheet.line(np.array([(at, y - 6), (at, y + 24 * 6 + 96)]), RED, 1.0)
    for share in np.linspace(0, 1, 6):
        sheet.write(
            f"{share * check.seconds:.{int(check.seconds < 20)}f} s",
            x + width * share,
            y + height - 20,
            0.38,
            FAINT,
            align=0.5,
        )


def _strip(sheet: _Sheet, name: str, colors: Image, area: tuple[int, int, int, int]) -> None:
    """A row of the timeline from (T, 3) colours; a short problem stays visible, for the worst of a pixel shows."""
    x, y, width, height = area
    sheet.write(name, x - 12, y + 14, 0.43, INK, align=1.0)
    columns = width * _FINE
    edges = np.linspace(0, len(colors), columns + 1)
    row = np.empty((columns, 3), np.uint8)
    for i in range(columns):
        part = colors[int(edges[i]) : max(int(np.ceil(edges[i + 1])), int(edges[i]) + 1)]
        row[i] = part[np.argmin(part[:, 1].astype(int) - part[:, 0])]  # red, if any is
    sheet.canvas[y * _FINE : (y + height) * _FINE, x * _FINE : x * _FINE + columns] = row


def _problem_colors(bad: Mask, unknown: Mask, total: int) -> Image:
    colors = np.empty((total, 3), np.uint8)
    colors[:] = (173, 219, 198)
    if len(bad) == total:
        colors[bad] = RED
        colors[unknown] = LINE
    else:
        colors[:] = LINE
    return colors


def _facing_colors(body_orientation: Numbers) -> Image:
    """Blue towards the camera, over grey in profile, to ochre away from it."""
    towards = (1 + np.cos(np.radians(np.nan_to_num(body_orientation)))) / 2
    colors = towards[:, None] * np.array(BLUE) + (1 - towards[:, None]) * np.array((214, 180, 110))
    colors[np.isnan(body_orientation)] = LINE
    shades: Image = np.rint(colors).astype(np.uint8)
    return shades
