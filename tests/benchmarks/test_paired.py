"""The paired benchmark, at the smallest size at which people can be rendered, found and learned."""

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks import pair as pair_module
from benchmarks.pair import Pair, measure_pair
from benchmarks.pair_scores import HIDDEN, measure_pictures, measure_poses, true_poses
from benchmarks.paired import PICTURES, POSES, arguments, choose_pairs, main, markdown, mean_scores, page
from motion_transfer.errors import OutputError, SubjectError
from motion_transfer.progress import no_progress
from motion_transfer.subject import load_subject, save_subject
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip, load_truth

DANCE = Clip("bruno", "dance", "parlour", (96, 128), Fraction(10), 0.8, detail=0.25)
TRUTH = replace(DANCE, character="amara", scene="loft")
SMALL = Pair(DANCE, TRUTH, replace(TRUTH, choreography="footage", seconds=2.0, seed=9))


@pytest.fixture(scope="module")
def done(tiny, tmp_path_factory) -> tuple[Path, dict]:
    """The folder of a pair that was measured, and its figures."""
    folder = tmp_path_factory.mktemp("paired") / SMALL.name
    return folder, measure_pair(SMALL, folder, tiny, device="cpu")


def test_a_pair_is_measured_in_every_respect(done):
    folder, figures = done
    assert (figures["source"], figures["target"], figures["frames"]) == ("bruno", "amara", 8)
    assert set(figures["pictures"]) == {"result", "oracle", "background_alone", "nearest_pose", "truth"}
    for row in ("result", "oracle", "background_alone", "nearest_pose"):
        assert set(figures["pictures"][row]) == set(PICTURES)
        assert figures["pictures"][row]["person_psnr"] > 5
    assert figures["pictures"]["background_alone"]["flicker"] == 0
    assert figures["pictures"]["truth"]["flicker"] > 0
    assert {key for row in figures["poses"].values() for key in row} == set(POSES)
    # True joints, normalised, differ by the limbs' proportions alone.
    assert 0 < figures["poses"]["normalised_truth"]["to_truth_body"] < 25
    json.dumps(figures, allow_nan=False)
    assert {path.name for path in folder.glob("results-*/*")} >= {"result.mp4", "oracle.mp4", "sheet.jpg"}


def test_nothing_that_was_done_is_done_again(done, tiny, monkeypatch):
    folder, figures = done

    def again(*_args, **_options):
        raise AssertionError("done again")

    for step in ("write", "train", "estimate_poses", "transfer", "synthesise"):
        monkeypatch.setattr(pair_module, step, again)
    assert measure_pair(SMALL, folder, tiny) == figures


def test_a_learned_subject_can_be_given_and_must_be_of_the_same_room(done, tiny, tmp_path):
    folder, figures = done
    given = measure_pair(SMALL, folder, tiny, subject=folder / "subject", device="cpu")
    assert given["pictures"]["result"] == figures["pictures"]["result"]
    assert "nearest_pose" not in given["pictures"]  # its footage was not named
    shutil.copytree(folder / "subject", tmp_path / "other")
    for size, message in (((96, 128), r"was not learned in the scene 'loft'.*--scenes"), ((64, 64), "64 x 64")):
        _move(tmp_path / "other", size)
        with pytest.raises(SubjectError, match=message):
            measure_pair(SMALL, folder, tiny, subject=tmp_path / "other")


def _move(folder: Path, size: tuple[int, int]) -> None:
    """Put a subject into a black room of this size."""
    subject = load_subject(folder)
    room = np.zeros((size[1], size[0], 3), np.uint8)
    save_subject(folder, replace(subject, background=room, body=replace(subject.body, size=size)))


def test_a_folder_with_another_pair_is_refused_and_says_what_differs(done, tiny):
    folder, _ = done
    other = replace(SMALL, dance=replace(DANCE, seed=5))
    with pytest.raises(OutputError, match=r"holds another pair \(dance.seed was 0, is 5\)"):
        measure_pair(other, folder, tiny)


def test_the_truth_itself_scores_perfectly(done):
    folder, _ = done
    truth = load_truth(folder / "truth.npz")
    joints = true_poses(truth)
    frames = {"same": lambda: pair_module.frames_of(folder / "truth.mp4")}
    same = measure_pictures(frames, folder / "truth.mp4", truth, joints, no_progress)
    assert same["same"]["person_psnr"] == 100
    assert same["same"]["person_ssim"] == pytest.approx(1, abs=1e-4)
    assert same["same"]["flicker"] == same["truth"]["flicker"]
    poses = measure_poses(joints, joints, given=joints, detected=joints)
    assert {value for value in poses.values() if value is not None} == {0}


def test_hidden_true_joints_are_known_but_not_measured(done):
    folder, _ = done
    truth = load_truth(folder / "truth.npz")
    poses = true_poses(truth)
    known = np.isfinite(truth.xy).all(axis=2)
    assert (poses.score[known & truth.occluded] == HIDDEN).all()
    assert (poses.score[known & ~truth.occluded] == 1).all()
    assert np.isnan(poses.xy[~known]).all()


def options(*words):
    return arguments().parse_args(list(words))


def test_every_character_is_once_the_source_and_once_the_target():
    pairs = choose_pairs(options("--pairs", str(len(CHARACTERS))))
    assert {pair.dance.character for pair in pairs} == {pair.truth.character for pair in pairs} == set(CHARACTERS)
    for pair in pairs:
        assert pair.dance.character != pair.truth.character
        assert pair.dance.scene != pair.truth.scene
        assert (pair.dance.choreography, pair.dance.seed) == (pair.truth.choreography, pair.truth.seed)
        assert (pair.footage.character, pair.footage.scene) == (pair.truth.character, pair.truth.scene)
        assert pair.footage.seed != pair.truth.seed
    assert pairs == choose_pairs(options("--pairs", str(len(CHARACTERS))))
    assert pairs != choose_pairs(options("--pairs", str(len(CHARACTERS)), "--seed", "1"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--source", "bruno"], "--source and --target go together"),
        (["--source", "bruno", "--target", "nobody"], "character is nobody; expected bruno"),
        (["--pairs", "0"], "--pairs is 0; expected 1 to"),
        (["--subject", "somewhere"], "say with --source and --target"),
        (["--source", "bruno", "--target", "amara", "--seconds", "0"], "seconds is 0"),
    ],
)
def test_impossible_requests_are_refused_before_anything_is_rendered(words, message, tmp_path, capsys):
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_size_must_be_even(capsys):
    with pytest.raises(SystemExit):
        options("--size", "97x128")
    assert "even numbers" in capsys.readouterr().err


def test_the_mean_is_over_the_pairs_that_have_the_figure():
    pairs = [{"pictures": {"result": {"a": 1.0, "b": None}}}, {"pictures": {"result": {"a": 2.0, "b": 4.0}, "x": {}}}]
    assert mean_scores(pairs, "pictures") == {"result": {"a": 1.5, "b": 4.0}, "x": {}}


def test_a_table_is_markdown_with_a_dash_for_what_was_not_measured():
    lines = markdown("picture", {"result": {"a": 1.234, "b": None}}, {"a": ("A", ".2f"), "b": ("B", ".1f")}).split("\n")
    assert [line.replace(" ", "") for line in lines] == ["|picture|A|B|", "|---------|-----:|--:|", "|result|1.23|–|"]
    assert len({len(line) for line in lines}) == 1


def test_the_page_holds_each_pair_and_their_mean(done):
    _, figures = done
    mean = {table: mean_scores([figures] * 2, table) for table in ("pictures", "poses")}
    text = page({"pairs": [figures, figures], "mean": mean})
    assert text.count("## bruno (parlour) → amara (loft)") == 2
    assert "## Mean of 2 pairs" in text
    assert text.count("| nearest pose's frame") == 3
