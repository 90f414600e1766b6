"""VMAF, Netflix's learned measure of a video's quality beside its reference, by ffmpeg's libvmaf."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from motion_transfer.errors import EvaluationError, VideoError
from motion_transfer.evaluation.statistics import Series
from motion_transfer.types import Frame, Size
from motion_transfer.unfinished import temporary_folder
from motion_transfer.video.ffmpeg import FFmpeg, last_words

LOG = "vmaf.json"  # a plain name: it stands inside a filter, where a colon or a quote would need escapes


@contextmanager
def run_vmaf(size: Size) -> Iterator["Vmaf"]:
    """Run ffmpeg's libvmaf beside the block, on frames of `size` (width, height).

    Both frames go through one pipe, the true one above the other, so nothing is encoded before it is compared.
    """
    width, height = size
    half = "crop={}:{}:0:{},scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    graph = (
        f"[0:v]split[a][b];[a]{half.format(width, height, 0)}[true];[b]{half.format(width, height, height)}[made];"
        f"[made][true]libvmaf=log_fmt=json:log_path={LOG}"
    )
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{2 * height}", "-r", "25", "-i", "pipe:"]
    options = ["-protocol_whitelist", "pipe", *source, "-lavfi", graph, "-f", "null", "-"]
    with temporary_folder() as folder, FFmpeg(options, feed=True, folder=folder) as ffmpeg:
        yield Vmaf(ffmpeg, folder)


class Vmaf:
    """VMAF of every frame, from 0 to 100; see `run_vmaf`.

    Raises:
        EvaluationError: this ffmpeg has no libvmaf.
        VideoError: ffmpeg failed otherwise.

    Source: Li et al., "Toward a practical perceptual video quality metric", 2016; model vmaf_v0.6.1.
    """

    def __init__(self, ffmpeg: FFmpeg, folder: Path) -> None:
        self._ffmpeg = ffmpeg
        self._folder = folder

    def update(self, frame: Frame, truth: Frame) -> None:
        """Compare a frame, RGB (H, W, 3), with the true one."""
        try:
            for image in (truth, frame):
                self._ffmpeg.input.write(np.ascontiguousarray(image).data)
        except BrokenPipeError as error:
            raise self._error() from error

    def result(self) -> Series:
        """VMAF of all frames, (T,); called once, after the last one."""
        with suppress(BrokenPipeError):
            self._ffmpeg.input.close()
        if self._ffmpeg.wait() != 0:
            raise self._error()
        frames = json.loads((self._folder / LOG).read_text(encoding="utf-8"))["frames"]
        return np.array([frame["metrics"]["vmaf"] for frame in frames], np.float64)

    def _error(self) -> EvaluationError | VideoError:
        self._ffmpeg.wait()
        log = self._ffmpeg.log()
        if "libvmaf" in log and ("No such filter" in log or "not found" in log):
            return EvaluationError(
                "this ffmpeg has no libvmaf, so VMAF cannot be measured. Unset MOTION_TRANSFER_FFMPEG or take "
                "ffmpeg off the PATH, so that the one which comes with imageio-ffmpeg is used."
            )
        return VideoError(f"VMAF cannot be measured; ffmpeg says: {last_words(log)}")
