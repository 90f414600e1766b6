"""The recipe of the base weights, with three people and a few steps."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.errors import TrainingError
from motion_transfer.exemplars.bank_file import load_exemplars
from motion_transfer.footage.preprocess import load_footage
from motion_transfer.subject import build_generator
from motion_transfer.training.batch import TrainingClip
from motion_transfer.training.dataset import Sample
from motion_transfer.training.stages import stages_of
from samples.base import people
from samples.base.__main__ import main
from samples.base.clips import PeopleClips, PeopleSheet, PersonClips, complete_people, recolour
from samples.base.learn import learn
from samples.base.render import CANVAS, FAILED, base_pipeline, render_people, render_person

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three people, one of them held out, in clips of twenty frames."""
    folder = tmp_path_factory.mktemp("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "FRAMES", dict.fromkeys(people.FRAMES, 20))
        for number in (0, 1, people.HELD_OUT[0]):
            render_person(folder, math.inf, number)
    return folder


@pytest.fixture(scope="module")
def short():
    """The pipeline of the base, for a few steps of a small network; a mixture costs nothing, so that they can tell."""
    pipeline = base_pipeline()
    model = replace(pipeline.model, width=8, candidates=3, discriminator_width=4)
    few = replace(pipeline.train, steps=40, minutes=0.0, ema=0.0, checkpoint_minutes=1e-9)
    return replace(pipeline, model=model, train=replace(few, learning_rate=0.003, mixing_weight=0.0))


def test_a_person_is_three_clips_of_which_two_have_exemplars(folder):
    for name, bank in people.BANK_OF.items():
        footage = load_footage(folder / "0" / name)
        assert len(footage.poses) == 20
        assert footage.canvas == CANVAS
        assert (folder / "0" / name / "truth.npz").is_file()
        assert (bank == name) == (folder / "0" / name / "exemplars.npz").is_file()
    assert len(load_exemplars(folder / "0" / "footage", CANVAS)) > 3


def test_numbers_make_people_in_rooms_that_differ_and_the_same_number_the_same_person():
    clips = [people.filmed(number)["footage"].clip for number in range(50)]
    assert len({each.scene for each in clips}) == 50
    assert people.filmed(7) == people.filmed(7)
    dance, elsewhere = people.filmed(7)["dance"].clip, people.filmed(7)["elsewhere"].clip
    assert dance.scene == people.filmed(7)["footage"].clip.scene != elsewhere.scene


def test_those_who_are_there_are_not_rendered_again_and_those_who_fail_are_left_out(tmp_path):
    for name in ("3", "4", str(people.HELD_OUT[0])):
        (tmp_path / name).mkdir()
    (tmp_path / "4" / FAILED).write_text("dance: no person found")
    told = []
    render_people(tmp_path, [3, 4], 1, 1.0, lambda *what: told.append(what))
    assert told == []
    learned, judging = complete_people(tmp_path, held_out=people.HELD_OUT)
    assert [each.name for each in learned] == ["3"]
    assert [each.name for each in judging] == [str(people.HELD_OUT[0])]


def test_a_sample_is_the_same_whenever_it_is_drawn_and_all_people_come(folder, short):
    learned, _ = complete_people(folder, held_out=people.HELD_OUT)
    clips = PeopleClips(stages_of(short)[0], learned)
    one, again = (PeopleClips(stages_of(short)[0], learned)[Sample(0, 5)] for _ in range(2))
    assert all(torch.equal(torch.nan_to_num(a), torch.nan_to_num(b)) for a, b in zip(one, again, strict=True))
    frames = {clips[Sample(0, draw)].frames[0].float().mean().item() for draw in range(8)}
    assert len(frames) > 2


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_in_other_colours_a_person_over_the_plate_is_still_the_frame(seed):
    random = np.random.default_rng(seed)
    opacity = np.uint8(255) * (random.random((1, 2, 1, 24, 16)) < 0.5).astype(np.uint8)
    person, plate = random.integers(0, 256, (2, 1, 1, 3, 24, 16)).astype(np.uint8)
    frame = np.where(opacity[:, 0] > 0, person[:, 0], plate[:, 0])
    fit = random.integers(0, 256, opacity.shape).astype(np.uint8)
    candidates = np.concatenate([np.where(opacity > 0, person, 0), opacity, fit], axis=2)
    nothing = torch.zeros(0, dtype=torch.uint8)
    clip = TrainingClip(*[nothing] * len(TrainingClip._fields))._replace(
        frames=torch.from_numpy(frame),
        plates=torch.from_numpy(plate[:, 0]),
        candidates=torch.from_numpy(candidates),
        detail_frame=torch.from_numpy(frame[0]),
        detail_plate=torch.from_numpy(plate[0, 0]),
        detail_candidates=torch.from_numpy(candidates[0, :, :4]),
    )
    other = recolour(clip, random)
    assert torch.equal(other.candidates[:, :, 3:], clip.candidates[:, :, 3:])
    shown = torch.where(other.candidates[:, 0, 3:4] > 0, other.candidates[:, 0, :3], other.plates)
    assert (shown.int() - other.frames).abs().max() <= 1
    assert torch.equal(other.detail_frame, other.frames[0])
    assert torch.equal(other.detail_candidates, other.candidates[0, :, :4])
    assert (other.candidates[:, :, :3] <= other.candidates[:, :, 3:4]).all()


def test_most_samples_have_other_colours_than_those_rendered(folder, short):
    learned, _ = complete_people(folder, held_out=people.HELD_OUT)
    clips = PersonClips(stages_of(short)[0], learned[0], "dance", length=2)
    as_rendered = PersonClips(stages_of(short)[0], learned[0], "dance", length=2, complete=True)
    changed = [not torch.equal(clips[Sample(0, n)].plates, as_rendered[Sample(0, n)].plates) for n in range(20)]
    assert 10 <= sum(changed) < 20


def test_the_recipe_improves_on_its_start_and_goes_on_where_it_was_stopped(folder, short, tmp_path):
    def stop(stage, done, total):
        if done == 5:
            raise KeyboardInterrupt

    out = tmp_path / "small.safetensors"
    with pytest.raises(KeyboardInterrupt):
        learn(folder, tmp_path / "run", short, CPU, out, stop)
    assert not out.exists()
    learn(folder, tmp_path / "run", short, CPU, out)
    recipe = json.loads(out.with_suffix(".json").read_text())
    assert recipe["people"] == 2
    assert recipe["steps"] == 40
    learned, judging = complete_people(folder, held_out=people.HELD_OUT)
    sheet = PeopleSheet(stages_of(short)[0], [*learned, *judging], CPU)
    names = ("none", str(out))
    before, after = (  # as in training: in use, what is decided faintly is not decided
        sheet.draw(build_generator(replace(short, model=replace(short.model, base=name))).train())[1] for name in names
    )
    assert after > before


def test_without_people_there_is_nothing_to_learn_from(tmp_path, capsys):
    (tmp_path / "people").mkdir()
    with pytest.raises(TrainingError, match="holds nobody"):
        learn(tmp_path / "people", tmp_path, base_pipeline(), CPU, tmp_path / "none.safetensors")
    assert main(["learn", "--folder", str(tmp_path), "--device", "cpu"]) == 2
    assert "python -m samples.base render" in capsys.readouterr().err
