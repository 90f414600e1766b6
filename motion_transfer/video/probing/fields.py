"""Interlaced footage: two moments in one frame, one in its even rows, the other in its odd ones."""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from motion_transfer.types import Numbers, Size
from motion_transfer.video.ffmpeg import FFmpeg, input_arguments

Interlacing = Literal["none", "top field first", "bottom field first"]

DECLARED: dict[str, Interlacing] = {"top": "top field first", "bottom": "bottom field first"}
"""By the first of ffmpeg's words for the order of fields. Containers confuse the order shown with the order coded,
so where anything moves it is measured."""

MAY_HIDE = {"mpeg2video", "mpeg4", "dvvideo", "mjpeg", "ffv1", "huffyuv", "ffvhuff", "utvideo", "rawvideo", "v210"}
MAY_HIDE |= {"prores", "dnxhd", "vc1", "wmv3"}
"""Codecs whose streams are often interlaced without saying so, or while they say that they are not."""

FRAMES = 32  # frames that are looked at
COLUMNS = 320  # to which they are squeezed; all their rows count
MOVES = 12  # grey levels by which a pixel changes that moves
LEAST = 0.002  # share of moving pixels below which nothing can be declared
COMBED = 3.0  # grey levels by which, where anything moves, a row is nearer to the next but one than to the next


def find_interlacing(
    path: Path, index: int, size: Size, *, declared: str, codec: str, times: Sequence[int], tick: Fraction
) -> tuple[Interlacing, bool]:
    """Whether the frames of a stream, of `size` as stored, are interlaced, and whether each packet is but one field.

    `declared` are ffmpeg's words for the order of fields, or nothing; `times` are when its packets are shown,
    ascending, in units of `tick` seconds.
    """
    order = DECLARED.get(declared.split(" ")[0], "none")
    if order == "none" and codec not in MAY_HIDE and (declared == "progressive" or codec not in ("h264", "hevc")):
        return "none", False
    middle = float((times[0] + (times[-1] - times[0]) // 3) * tick)
    frames, shown = _decode(path, index, size, middle if len(times) > 4 * FRAMES else None)
    packets = sorted(later - earlier for earlier, later in pairwise(times))
    decoded = sorted(later - earlier for earlier, later in pairwise(shown))
    halves = bool(
        len(decoded) >= 4 and packets and decoded[len(decoded) // 2] > 1.7 * float(packets[len(packets) // 2] * tick)
    )
    seen = _combed(frames)
    order = order if seen == "none" else seen
    return order, halves and order != "none"


def _decode(path: Path, index: int, size: Size, begin: float | None) -> tuple[Numbers, list[float]]:
    """Some grey frames, (T, H, W), and when they are shown, in seconds."""
    seek = [] if begin is None else ["-ss", f"{begin:.3f}", "-noaccurate_seek", "-seek_timestamp", "1"]
    arguments = ["-copyts", *seek, "-max_error_rate", "1", "-noautorotate", *input_arguments(path)]
    width, height = min(COLUMNS, size[0]), size[1]
    filters = f"showinfo,scale={width}:{height}:flags=area"
    arguments += ["-map", f"0:{index}", "-vf", filters, "-frames:v", str(FRAMES)]
    with FFmpeg([*arguments, "-pix_fmt", "gray", "-f", "rawvideo", "-"], collect=True) as ffmpeg:
        data = ffmpeg.output.read(FRAMES * width * height)
        ffmpeg.kill()
        times = [float(time) for time in re.findall(r"showinfo.* pts_time:(-?[\d.]+)", ffmpeg.log())]
    frames = np.frombuffer(data[: len(data) // (width * height) * width * height], np.uint8)
    return frames.reshape(-1, height, width).astype(np.int16), sorted(times)


def _combed(frames: Numbers) -> Interlacing:
    """Compare neighbouring rows where there is movement: in interlaced frames the next row but one is nearer."""
    combed = moving = top = bottom = 0.0
    for before, frame in pairwise(frames):
        if len(frame) < 8:
            break
        moved = np.abs(frame - before)[1:-2] > MOVES
        moving += float(moved.mean())
        nearer = np.abs(frame[1:-2] - frame[2:-1]) - np.abs(frame[1:-2] - frame[3:])
        combed += float((nearer * moved).mean())
        # The later field of a frame is near the earlier field of the next one.
        rows = len(frame) // 2 * 2
        top += float(np.abs(before[1:rows:2] - frame[0:rows:2]).mean())
        bottom += float(np.abs(before[0:rows:2] - frame[1:rows:2]).mean())
    if moving < LEAST * max(len(frames) - 1, 1) or combed < COMBED * moving:
        return "none"
    return "top field first" if top < bottom else "bottom field first"
