"""The comparison of presets, at the smallest size at which people can be rendered, found and learned."""

import json
import math
from argparse import ArgumentParser
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from benchmarks import fidelity
from benchmarks.__main__ import main
from benchmarks.fidelity.joints import against_true_joints
from benchmarks.fidelity.persons import given_pair, rendered_pairs
from benchmarks.fidelity.tables import interval, metrics
from benchmarks.flops import bounded, flops_a_step, steps_for
from motion_transfer.config import pipeline_to_toml
from motion_transfer.pose import OPENPOSE_137, PoseSequence, empty
from motion_transfer.training.stages import stages_of

SIZES = ["--size", "128", "--fps", "10", "--seconds", "0.8", "--footage-seconds", "2.2", "--detail", "0.25"]


@pytest.fixture(scope="module")
def words(tiny, tmp_path_factory):
    """The arguments that compare two presets which differ in their width, without --out."""
    folder = tmp_path_factory.mktemp("presets")
    for name, width in (("narrow", 4), ("wide", 8)):
        pipeline = replace(tiny, model=replace(tiny.model, width=width))
        (folder / f"{name}.toml").write_text(pipeline_to_toml(pipeline), encoding="utf-8")
    runs = ["--runs", f"{folder / 'wide.toml'}:1", f"{folder / 'narrow.toml'}:0.1"]
    budget = ["--teraflops", "0.01", "--pairs", "1", "--true-labels"]
    return ["fidelity", *runs, *budget, *SIZES, "--quiet", "--device", "cpu"]


@pytest.fixture(scope="module")
def done(words, tmp_path_factory):
    """The folder of a comparison that was made."""
    out = tmp_path_factory.mktemp("fidelity")
    assert main([*words, "--out", str(out)]) == 0
    return out


@pytest.mark.slow
def test_every_preset_is_trained_within_its_share_and_measured(done):
    kept = done / "fidelity" / "amara-bruno"
    complete, tenth = (json.loads((kept / run / "scores.json").read_text()) for run in ("wide-1", "narrow-0.1"))
    assert complete["flops"] == pytest.approx(1e10, rel=0.2)
    assert tenth["flops"] == pytest.approx(1e9, rel=0.2)
    assert complete["training"]["steps"] > 1
    finite = ("person_perceptual", "perceptual_times", "person_sharpness", "person_flicker", "psnr_gain", "vmaf")
    assert all(math.isfinite(metrics(complete)[name]) for name in finite)
    assert (done / "fidelity" / "fidelity.png").is_file()
    tables = {table["title"]: table for table in json.loads((done / "fidelity.json").read_text())["tables"]}
    assert set(tables) >= {"Rendered pairs", "Rendered pairs, difference from wide-1", "True joints"}
    films = [row["film"] for row in tables["Rendered pairs"]["rows"]]
    assert films[:4] == ["wide-1", "narrow-0.1", "background alone", "nearest pose's frame"]
    assert {"oracle (wide-1)", "candidates alone (narrow-0.1)", "truth (narrow-0.1)"} <= set(films)
    # True joints, normalised, differ by the limbs' proportions alone.
    assert 0 < tables["True joints"]["rows"][0]["to_truth_body"] < 25


@pytest.mark.slow
def test_what_was_done_is_not_done_again_and_a_budget_is_not_changed(words, done, monkeypatch, capsys):
    def again(*_args, **_options):
        raise AssertionError("done again")

    monkeypatch.setattr(fidelity, "measure", again)
    assert main([*words, "--out", str(done)]) == 0
    assert main([*(("20" if word == "0.01" else word) for word in words), "--out", str(done)]) == 2
    assert "teraflops was 0.01, is 20.0" in capsys.readouterr().err


@pytest.mark.slow
def test_a_trained_subject_can_be_given_and_must_be_of_the_same_scene(done, tmp_path, capsys):
    subject = done / "fidelity" / "amara-bruno" / "wide-1" / "subject"
    words = ["fidelity", "--subject", str(subject), *SIZES, "--quiet", "--device", "cpu"]
    clips = ["--clips", str(done / "fidelity" / "clips")]
    pair = ["--pair", "amara", "bruno", "loft", "parlour"]
    assert main([*words, *clips, *pair, "--out", str(tmp_path / "one")]) == 0
    rows = json.loads((tmp_path / "one" / "fidelity.json").read_text())["tables"][0]["rows"]
    assert rows[0]["film"] == "subject"
    assert main([*words, *clips, "--pair", "amara", "bruno", "loft", "gym", "--out", str(tmp_path / "two")]) == 2
    assert "was not trained in the scene of the truth" in capsys.readouterr().err


WRONG = {
    "PRESET:SHARE": ["--runs", "default"],
    "`teraflops` or as `minutes`": ["--minutes", "1"],
    "name it with `pair`": ["--subject", "me"],
    "`pairs` is 9": ["--pairs", "9"],
}


@pytest.mark.parametrize(("message", "changed"), WRONG.items())
def test_what_cannot_be_compared_is_named(words, tmp_path, message, changed, capsys):
    assert main([*words, "--out", str(tmp_path), *changed]) == 2
    assert message in capsys.readouterr().err


def test_a_filmed_person_is_measured_on_the_held_out_end(words, footage, drawn_detector, tmp_path):
    runs = [words[1], words[3].replace(":0.1", ":1")]
    more = ["--minutes", "0.01", "--pairs", "0", "--footage", str(footage.video), "--device", "cpu", "--quiet"]
    assert main(["fidelity", *runs, *more, "--out", str(tmp_path)]) == 0
    scores = json.loads((tmp_path / "fidelity" / "me" / "narrow-1" / "scores.json").read_text())
    assert (scores["evaluation"]["setting"], scores["evaluation"]["frames"], scores["flops"]) == ("self", 2, None)
    assert "## Filmed people" in (tmp_path / "fidelity.md").read_text()


def test_a_budget_is_shared_by_the_stages_as_their_own_bounds_are(tiny_stages, preprocessed):
    minutes = {"train": 2.0, "train_local": 3.0, "train_face": 1.0}
    bounds = {name: replace(getattr(tiny_stages, name), steps=0, minutes=m) for name, m in minutes.items()}
    pipeline = replace(tiny_stages, **bounds)
    stages = steps_for(pipeline, preprocessed, 6e10)
    shares = [stage["steps"] * stage["flops_a_step"] / 6e10 for stage in stages.values()]
    assert shares == pytest.approx([2 / 6, 3 / 6, 1 / 6], abs=0.05)
    settings = bounded(pipeline, stages).train
    assert (settings.steps, settings.minutes) == (stages["global"]["steps"], 0)


def test_a_wider_network_takes_more_operations_and_a_count_is_repeatable(tiny, preprocessed):
    (stage,) = stages_of(tiny)
    cost = flops_a_step(stage, preprocessed)
    assert cost == flops_a_step(stage, preprocessed)
    wide = replace(tiny, model=replace(tiny.model, width=8))
    assert flops_a_step(stages_of(wide)[0], preprocessed) > 1.5 * cost


def test_every_target_is_another_one_and_none_is_the_sample_subject():
    parser = ArgumentParser()
    fidelity.add_arguments(parser)
    pairs = rendered_pairs(parser.parse_args(["--pairs", "7"]))
    targets = {pair.truth.character for pair in pairs}
    assert len(targets) == 7
    assert "amara" not in targets
    given = given_pair(parser.parse_args(["--pair", "bruno", "chen", "loft", "gym"]))
    for pair in (*pairs, given):
        assert pair.dance.character != pair.truth.character
        assert (pair.dance.choreography, pair.dance.seed) == (pair.truth.choreography, pair.truth.seed)
        assert (pair.footage.character, pair.footage.scene) == (pair.truth.character, pair.truth.scene)
        assert pair.footage.seed != pair.truth.seed


def scores_of(**films):
    films = {"truth": {"person_flicker": 2.0, "pose_body": 4.0}, "truth, mirrored": {"pose_body": 3.0}, **films}
    means = {film: {name: {"mean": mean} for name, mean in metrics.items()} for film, metrics in films.items()}
    return {"evaluation": {"metrics": means}}


def test_a_result_is_shown_beside_what_there_is_without_training():
    candidates = {"person_perceptual": 2.0, "face_perceptual": 4.0, "person_psnr": 18.0}
    result = {"person_perceptual": 1.5, "face_perceptual": 1.0, "person_psnr": 20.0, "person_flicker": 3.0}
    scores = scores_of(result={**result, "pose_body": 5.0}, **{"candidates alone": candidates})
    found = metrics(scores)
    assert (found["perceptual_times"], found["face_times"], found["psnr_gain"], found["helped"]) == (0.75, 0.25, 2, 1)
    assert (found["person_flicker"], found["pose_times"]) == (1.5, 1.25)
    assert metrics(scores, "candidates alone")["perceptual_times"] == 1
    assert math.isnan(metrics(scores, "candidates alone")["helped"])
    assert math.isnan(metrics(scores_of(result=result))["helped"])


def test_an_interval_holds_the_mean_and_needs_three_persons():
    mean, low, high = interval([1.0, 2.0, 3.0, float("nan")])
    assert low < mean == 2 < high
    assert math.isnan(interval([1.0, 2.0])[1])
    assert math.isnan(interval([])[0])


def test_standing_aside_differs_from_moving_otherwise():
    xy = np.random.default_rng(0).uniform(20, 80, (4, 137, 2)).astype(np.float32)
    xy[:, OPENPOSE_137.index("neck")], xy[:, OPENPOSE_137.index("mid_hip")] = (50, 20), (50, 70)
    true = PoseSequence(xy, np.ones((4, 137), np.float32), (100, 100), Fraction(25))
    aside = against_true_joints(replace(true, xy=xy + np.array([3, 4], np.float32)), true)
    assert [aside["offset"], aside["to_truth_face"]] == pytest.approx([10, 10], abs=1e-4)
    swaying = xy + np.array([[[5, 0]], [[-5, 0]], [[0, 9]], [[0, -9]]], np.float32)
    assert against_true_joints(replace(true, xy=swaying), true)["offset"] == pytest.approx(0, abs=1e-4)
    gone = against_true_joints(empty(4, (100, 100), Fraction(25)), true, detected=true)
    assert math.isnan(gone["offset"])
    assert [gone[f"missed_{part}"] for part in ("body", "face", "hands")] == [100] * 3
