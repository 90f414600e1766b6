"""The comparison of presets, at the smallest size at which people can be rendered, found and learned."""

import argparse
import json
import math
from dataclasses import replace

import pytest

from benchmarks import fidelity
from benchmarks.fidelity import Run, arguments, main, measure
from benchmarks.fidelity_subjects import Library, Person, rendered_pairs
from benchmarks.fidelity_table import figures, interval, page
from benchmarks.flops import bounded_by_flops, flops_a_step
from motion_transfer.config import PoseSettings, pipeline_to_toml
from motion_transfer.progress import no_progress
from motion_transfer.training import stages_of


@pytest.fixture(scope="module")
def presets(tiny, tmp_path_factory):
    """Two presets that differ in their width."""
    folder = tmp_path_factory.mktemp("presets")
    for name, width in (("narrow", 4), ("wide", 8)):
        pipeline = replace(tiny, model=replace(tiny.model, width=width))
        (folder / f"{name}.toml").write_text(pipeline_to_toml(pipeline), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def words(presets, tmp_path_factory):
    """The command's arguments, without --out."""
    sizes = ["--size", "128", "--fps", "10", "--seconds", "0.8", "--footage-seconds", "2.2", "--detail", "0.25"]
    runs = ["--runs", f"{presets / 'wide.toml'}:1", f"{presets / 'narrow.toml'}:0.1"]
    out = tmp_path_factory.mktemp("fidelity") / "out"
    return [*runs, "--teraflops", "0.01", "--pairs", "1", *sizes, "--true-labels", "--quiet", "--device", "cpu"], out


@pytest.fixture(scope="module")
def done(words):
    """The folder of a comparison that was made."""
    assert main([*words[0], "--out", str(words[1])]) == 0
    return words[1]


def test_every_preset_is_trained_within_its_share_and_measured(done):
    result = json.loads((done / "fidelity.json").read_text(encoding="utf-8"))
    (subject,) = result["subjects"].values()
    assert subject["rendered"]
    whole, tenth = subject["scores"]["wide-1"], subject["scores"]["narrow-0.1"]
    assert whole["flops"] == pytest.approx(1e10, rel=0.2)
    assert tenth["flops"] == pytest.approx(1e9, rel=0.2)
    assert whole["training"]["steps"] == whole["stages"]["global"]["steps"] > 1
    assert all(math.isfinite(figures(whole)[name]) for name in ("person_psnr", "person_ssim", "vmaf", "flicker"))
    assert {path.name for path in done.iterdir()} >= {"fidelity.md", "fidelity.png", "sheet-amara-bruno.jpg"}
    text = (done / "fidelity.md").read_text(encoding="utf-8")
    assert "Difference from wide-1" in text
    assert "candidates alone (narrow-0.1)" in text
    assert "better" in text


def test_what_was_done_is_not_done_again(words, done, monkeypatch, capsys):
    def again(*_args, **_options):
        raise AssertionError("done again")

    for step in ("train", "transfer", "evaluate_video"):
        monkeypatch.setattr(fidelity, step, again)
    assert main([*words[0], "--out", str(done)]) == 0


def test_another_budget_needs_another_folder(words, done, capsys):
    changed = ["20" if word == "0.01" else word for word in words[0]]
    assert main([*changed, "--out", str(done)]) == 2
    assert "teraflops was 0.01, is 20.0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "said"), [(["--runs", "default"], "PRESET:SHARE"), (["--minutes", "1"], "one of them")]
)
def test_what_cannot_be_compared_is_named(words, tmp_path, changed, said, capsys):
    assert main([*words[0], "--out", str(tmp_path / "out"), *changed]) == 2
    assert said in capsys.readouterr().err


def test_a_filmed_person_is_measured_on_the_held_out_end(presets, footage, drawn_detector, tmp_path):
    words = ["--runs", "x:1", "--minutes", "0.01", "--out", str(tmp_path / "out"), "--device", "cpu"]
    options: argparse.Namespace = arguments().parse_args(words)
    library = Library(tmp_path / "clips", PoseSettings(), 1, no_progress)
    scores = measure(Person("me", footage.video), Run(str(presets / "narrow.toml"), 1), options, library, no_progress)
    assert scores["setting"] == "self"
    assert scores["frames"] == 2
    assert scores["flops"] is None
    result = {"runs": [{"name": "a", "preset": "a"}], "subjects": {"me": {"rendered": False, "scores": {"a": scores}}}}
    assert "Filmed people, held-out end: me" in page(result)


def test_a_budget_is_shared_by_the_stages_as_their_own_bounds_are(tiny_stages, preprocessed):
    pipeline = replace(
        tiny_stages,
        train=replace(tiny_stages.train, steps=0, minutes=2.0),
        train_local=replace(tiny_stages.train_local, steps=0, minutes=3.0),
        train_face=replace(tiny_stages.train_face, steps=0, minutes=1.0),
    )
    budget = 6e10
    bounded, spent = bounded_by_flops(pipeline, preprocessed, budget)
    shares = [stage["steps"] * stage["flops_a_step"] / budget for stage in spent.values()]
    assert shares == pytest.approx([2 / 6, 3 / 6, 1 / 6], abs=0.05)
    assert (bounded.train.steps, bounded.train.minutes) == (spent["global"]["steps"], 0)


def test_a_wider_network_takes_more_operations_and_a_count_is_repeatable(tiny, preprocessed):
    (stage,) = stages_of(tiny)
    cost = flops_a_step(tiny, stage, preprocessed)
    assert cost == flops_a_step(tiny, stage, preprocessed)
    wide = replace(tiny, model=replace(tiny.model, width=8))
    assert flops_a_step(wide, stages_of(wide)[0], preprocessed) > 1.5 * cost


def test_every_target_is_another_one_and_none_is_the_sample_subject():
    targets = [pair.truth.character for pair in rendered_pairs(7, 128, 10, 1.0, 3.0)]
    assert len(set(targets)) == 7
    assert "amara" not in targets
    assert all(pair.dance.character != pair.truth.character for pair in rendered_pairs(7, 128, 10, 1.0, 3.0))


def test_an_interval_holds_the_mean_and_needs_three_subjects():
    mean, low, high = interval([1.0, 2.0, 3.0, float("nan")])
    assert low < mean == 2 < high
    assert math.isnan(interval([1.0, 2.0])[1])
    assert math.isnan(interval([])[0])
