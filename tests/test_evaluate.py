"""The ruler, from video to report."""

import json
import re

import numpy as np
import pytest

from motion_transfer.errors import EvaluationError, PoseError
from motion_transfer.evaluate import evaluate_subject, evaluate_video
from motion_transfer.evaluation import MEASURES, text_table
from motion_transfer.video import VideoReader, VideoWriter


def copy_of(video, path, change, size=None, every=1):
    """A video whose frames went through `change(frame, number)`."""
    with VideoReader(video, size=size) as reader, VideoWriter(path, size=reader.size, fps=reader.fps) as writer:
        for number, frame in enumerate(reader):
            if number % every == 0:
                writer.write(np.ascontiguousarray(change(frame, number)))
    return path


def mean(found, name, film="result"):
    return found.summaries()[film][name].mean


def test_what_equals_the_truth_scores_perfectly(dance, drawn_detector):
    found = evaluate_video(dance.video, dance.video)
    assert mean(found, "frame_psnr") == 100
    assert mean(found, "person_ssim") == pytest.approx(1)
    assert mean(found, "pose_body") == mean(found, "missed_body") == mean(found, "colour") == 0
    assert mean(found, "flicker") == mean(found, "flicker", "truth")
    assert mean(found, "warping") == mean(found, "warping", "truth")
    assert found.clip["result"]["identity_clothes"] == pytest.approx(0, abs=1e-3)


def test_the_later_a_result_is_the_worse_it_scores(dance, drawn_detector, tmp_path):
    with VideoReader(dance.video) as reader:
        frames = list(reader)
    scores = []
    for late in (0, 2, 8):
        path = copy_of(dance.video, tmp_path / f"{late}.mp4", lambda _, n, late=late: frames[max(0, n - late)])
        scores.append(mean(evaluate_video(path, dance.video), "person_ssim"))
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[2] + 0.02


def test_videos_of_other_sizes_and_lengths_are_named_and_can_be_aligned(dance, drawn_detector, tmp_path):
    small = copy_of(dance.video, tmp_path / "small.mp4", lambda frame, _: frame, every=2)
    with pytest.raises(EvaluationError, match=r"number of frames 45 and 23.*--align"):
        evaluate_video(small, dance.video)
    found = evaluate_video(small, dance.video, align=True)
    assert found.frames == 23
    assert "aligned: number of frames 45 and 23" in found.notes


def test_without_a_truth_only_what_needs_none_is_measured(dance, drawn_detector):
    found = evaluate_video(dance.video)
    assert found.setting == "no truth"
    assert set(found.series["result"]) == {"warping", "flicker", "missed_body"}
    assert mean(found, "missed_body") == pytest.approx(100 * (~dance.poses.present).mean())
    asked = evaluate_video(dance.video, poses=dance.poses)
    assert mean(asked, "pose_body") == 0


def test_poses_of_another_video_are_refused(dance, footage, drawn_detector):
    with pytest.raises(PoseError, match="that drove this very video"):
        evaluate_video(dance.video, poses=footage.poses)


def test_a_subject_is_measured_on_its_held_out_end_beside_both_baselines(learned, footage, drawn_detector, tmp_path):
    found = evaluate_subject(learned[0], footage.video, tmp_path / "report", device="cpu")
    assert found.setting == "self"
    assert list(found.series) == ["result", "background alone", "nearest pose's frame", "truth"]
    assert found.frames == round(0.1 * len(footage.poses))
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(?!data:)", page)  # nothing is fetched from elsewhere
    assert "nearest pose&#39;s frame" in page
    written = json.loads((tmp_path / "report" / "evaluation.json").read_text(encoding="utf-8"))
    assert written["figures"]["result"]["person_psnr"]["mean"] == mean(found, "person_psnr")
    assert (tmp_path / "report" / "result.mp4").exists()


def test_the_table_names_every_figure_that_was_measured(dance, drawn_detector):
    found = evaluate_video(dance.video, dance.video)
    table = text_table(found.summaries())
    known = {name for film in found.summaries().values() for name, summary in film.items() if summary.mean is not None}
    assert known <= MEASURES.keys()
    assert all(MEASURES[name].label in table for name in known)
