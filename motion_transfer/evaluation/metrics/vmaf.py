"""VMAF, Netflix's learned measure of how good a video looks beside its reference, by ffmpeg's libvmaf."""

import json
import tempfile
from pathlib import Path

import numpy as np

from motion_transfer.errors import EvaluationError, VideoError
from motion_transfer.evaluation.statistics import Series
from motion_transfer.video.ffmpeg import FFmpeg, file_url, last_words


def vmaf(result: Path, truth: Path, *, size: tuple[int, int]) -> Series:
    """VMAF of every frame, (T,), from 0 to 100.

    Frame n is compared with frame n, whatever the time stamps say.

    Args:
        result: the video to judge.
        truth: the video it should equal, with the same frames.
        size: (width, height) at which the two are compared.

    Raises:
        EvaluationError: this ffmpeg has no libvmaf.
        VideoError: one of the videos cannot be decoded.

    Source: Li et al., "Toward a practical perceptual video quality metric", 2016; model vmaf_v0.6.1.
    """
    scaled = "setpts=N/TB/25,scale={}:{}:flags=bicubic,format=yuv420p".format(*size)
    with tempfile.TemporaryDirectory() as folder:
        # The name of the log stands inside a filter, where a colon or a quote would need escapes: so it is a plain one.
        graph = f"[0:v:0]{scaled}[made];[1:v:0]{scaled}[true];[made][true]libvmaf=log_fmt=json:log_path=vmaf.json"
        options = ["-i", file_url(result), "-i", file_url(truth), "-lavfi", graph, "-f", "null", "-"]
        log = Path(folder) / "vmaf.json"
        with FFmpeg(options, folder=Path(folder)) as process:
            status = process.wait()
            said = process.log()
        if status != 0 or not log.exists():
            if "libvmaf" in said and ("No such filter" in said or "not found" in said):
                raise EvaluationError(
                    "this ffmpeg has no libvmaf, so VMAF cannot be measured. Unset MOTION_TRANSFER_FFMPEG or take "
                    "ffmpeg off the PATH, so that the one which comes with imageio-ffmpeg is used."
                )
            raise VideoError(f"{result} and {truth} cannot be compared; ffmpeg says: {last_words(said)}")
        frames = json.loads(log.read_text(encoding="utf-8"))["frames"]
    return np.array([frame["metrics"]["vmaf"] for frame in frames], np.float64)
