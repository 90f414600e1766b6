"""The comparison of presets, at the smallest size at which people can be rendered, found and learned."""

import json
import math
from argparse import ArgumentParser
from dataclasses import replace

import pytest

from benchmarks import fidelity
from benchmarks.__main__ import main
from benchmarks.fidelity.persons import rendered_pairs
from benchmarks.fidelity.tables import interval, metrics
from benchmarks.steps import bounded, flops_a_step, steps_for
from motion_transfer.config import pipeline_to_toml
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
    budget = ["--teraflops", "0.01", "--pairs", "1"]
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
    tables = {table["title"]: table for table in json.loads((done / "fidelity.json").read_text())["tables"]}
    assert set(tables) >= {"Rendered pairs", "Rendered pairs, difference from wide-1"}
    films = [row["film"] for row in tables["Rendered pairs"]["rows"]]
    assert films[:4] == ["wide-1", "narrow-0.1", "background alone", "nearest pose's frame"]
    assert {"candidates alone (narrow-0.1)", "truth (narrow-0.1)"} <= set(films)


@pytest.mark.slow
def test_what_was_done_is_not_done_again_and_a_budget_is_not_changed(words, done, monkeypatch, capsys):
    def again(*_args, **_options):
        raise AssertionError("done again")

    monkeypatch.setattr(fidelity, "measure", again)
    assert main([*words, "--out", str(done)]) == 0
    assert main([*(("20" if word == "0.01" else word) for word in words), "--out", str(done)]) == 2
    assert "teraflops was 0.01, is 20.0" in capsys.readouterr().err


WRONG = {
    "PRESET:SHARE": ["--runs", "default"],
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
    pairs = rendered_pairs(parser.parse_args(["--pairs", "7", "--runs", "default:1", "--minutes", "1"]))
    targets = {pair.truth.character for pair in pairs}
    assert len(targets) == 7
    assert "amara" not in targets
    for pair in pairs:
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
