"""A film judged: beside the truth and baselines, or by itself where there is no truth."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.evaluation.checks import MIRRORED, TRUTH
from motion_transfer.evaluation.detector import Seen, detect, see
from motion_transfer.evaluation.frame_source import first_frames, outlines_of, vmaf_of
from motion_transfer.evaluation.measure import FrameSource, compare_frames, compare_poses, regions_of, still_flicker
from motion_transfer.evaluation.metrics.identity import clothes_colours, colour_distance, face_colours
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.motion import colour_drift, warping_error
from motion_transfer.evaluation.result import Evaluation, Setting
from motion_transfer.evaluation.statistics import Series
from motion_transfer.pose import PoseSequence
from motion_transfer.progress import ProgressCallback


@dataclass(frozen=True)
class Clip:
    """What all films of one evaluation have in common."""

    count: int
    fps: Fraction
    size: tuple[int, int]
    settings: PoseSettings
    progress: ProgressCallback
    lpips: Lpips | None = None
    """Measures LPIPS, where its weights are at hand."""

    def detect(self, film: FrameSource) -> PoseSequence:
        """Poses seen on a result; a film without anybody has none."""
        return detect(
            film, self.count, self.size, self.fps, self.settings, "finding poses in the result", self.progress
        )


def compare_with_truth(
    clip: Clip,
    made: FrameSource,
    true: FrameSource,
    poses: PoseSequence | None,
    baselines: dict[str, FrameSource],
    notes: list[str],
    *,
    seen: Seen | None = None,
    setting: Setting = "paired",
) -> Evaluation:
    """Measure a film and its baselines beside the truth.

    Args:
        clip: T frames.
        made: the result.
        true: what it should show.
        poses: those that the result should show; those found on the truth if not given.
        baselines: films to measure beside it.
        notes: what there is to say about the figures.
        seen: what the detector saw on the truth, if it was asked before.
        setting: how truth and poses were come by.
    """
    count = clip.count
    on_result = clip.detect(made)
    seen = seen or see(true, count, clip.size, clip.fps, clip.settings, progress=clip.progress)
    real = seen.poses
    regions, persons = regions_of(real), outlines_of(real, on_result)
    films = {"result": made, **{name: first_frames(film, count) for name, film in baselines.items()}}
    series: dict[str, dict[str, Series]] = {}
    whole: dict[str, dict[str, float]] = {}
    for number, (name, film) in enumerate(films.items()):
        clip.progress("measuring", number, len(films))
        series[name] = compare_frames(film, true, regions, lpips=clip.lpips) | still_flicker(film, persons)
        whole[name] = _clip_figures(film, true, real, series[name]["colour"])
    series["result"]["vmaf"] = vmaf_of(made, true, clip.size, clip.fps)
    series["result"] |= compare_poses(on_result, poses[:count] if poses else real)
    series[TRUTH] = {"warping": warping_error(true())} | still_flicker(true, persons)
    series[TRUTH] |= compare_poses(real, poses[:count] if poses else real)
    series[MIRRORED] = compare_poses(seen.again, real)
    clip.progress("measuring", len(films), len(films))
    return Evaluation(setting, count, clip.fps, clip.size, series, whole, notes)


def evaluate_alone(clip: Clip, film: FrameSource, poses: PoseSequence | None, notes: list[str]) -> Evaluation:
    """Measure of a film what needs no truth; `poses` are those that it should show, if they are known."""
    seen = clip.detect(film)
    notes.append("no truth was given: only what needs none was measured")
    figures = {"warping": warping_error(film())} | still_flicker(film, outlines_of(seen))
    if poses is not None:
        figures |= compare_poses(seen, poses)
    else:
        notes.append("no poses were given either (--poses), so it is not known whether the dance is followed")
        figures["missed_body"] = np.where(seen.present, 0.0, 100.0)
    return Evaluation("no truth", clip.count, clip.fps, clip.size, {"result": figures}, {}, notes)


def _clip_figures(film: FrameSource, true: FrameSource, real: PoseSequence, colour: Series) -> dict[str, float]:
    """The figures that only a whole clip has."""

    def distance(colours: Callable[..., object]) -> float:
        return colour_distance(colours(film(), real), colours(true(), real))  # type: ignore[arg-type]

    return {
        "colour_drift": colour_drift(colour),
        "identity_face": distance(face_colours),
        "identity_clothes": distance(clothes_colours),
    }
