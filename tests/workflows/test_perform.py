"""Footage and a dance in one call: the subject is made once, kept beside the footage, and used again."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError, OutputError, SubjectError, VideoError
from motion_transfer.subject import load_subject
from motion_transfer.training import loop
from motion_transfer.training.loop import Clock
from motion_transfer.video import VideoReader, probe
from motion_transfer.workflows import perform as module
from motion_transfer.workflows import train as train_module
from motion_transfer.workflows.perform import perform
from motion_transfer.workflows.transfer import transfer
from tests.trained import tree

SHORT = TransferOptions(device="cpu", end=0.3)


@pytest.fixture
def place(tmp_path, footage, dance, drawn_detector):
    """A folder with footage and a dance."""
    shutil.copy(footage.video, tmp_path / "me.mp4")
    shutil.copy(dance.video, tmp_path / "dance.mp4")
    return tmp_path


def run(place, tiny, person="me.mp4", options=SHORT, **more):
    return perform(place / "dance.mp4", place / person, place / "out.mp4", options, pipeline=tiny, force=True, **more)


def refuse(*_, **__):
    raise AssertionError("that was not to be done")


def test_the_subject_is_kept_beside_its_footage_and_used_again(place, tiny, monkeypatch):
    done = run(place, tiny)
    assert (done.frames, done.size) == (9, (96, 160))
    assert probe(done.output).audio is not None
    subject = load_subject(place / "me.subject")
    assert subject.record["training"]["steps"] == 0
    first = list(VideoReader(done.output))
    transfer(place / "dance.mp4", subject, place / "again.mp4", SHORT)
    assert np.array_equal(first, list(VideoReader(place / "again.mp4"))), "it is the result of train and transfer"
    monkeypatch.setattr(module, "train", refuse)
    run(place, tiny)
    assert np.array_equal(first, list(VideoReader(done.output)))


def test_without_training_no_losses_are_built_and_no_metrics_measured_that_are_not_shown(place, tiny, monkeypatch):
    for owner, name in ((train_module, "measure"), (loop, "perceptual_loss")):
        monkeypatch.setattr(owner, name, refuse)
    run(place, tiny)
    assert load_subject(place / "me.subject").record["held_out"] == {"frames": 0}
    assert (place / "me.subject" / "preview.png").exists()


def test_it_is_trained_further_where_more_minutes_are_asked_for_and_never_less(place, tiny, monkeypatch):
    run(place, tiny)
    monkeypatch.setattr(Clock, "finished", property(lambda clock: clock.state.step >= 2))
    run(place, tiny, minutes=5)
    assert load_subject(place / "me.subject").record["training"]["steps"] == 2
    monkeypatch.setattr(module, "train", refuse)
    run(place, tiny)
    run(place, tiny, minutes=5)


def test_a_subject_of_other_footage_or_settings_is_left_alone(place, footage, tiny):
    run(place, tiny)
    before = tree(place)
    smaller = replace(tiny, model=replace(tiny.model, exemplars=3))
    with pytest.raises(SubjectError, match=r"me\.subject .*other settings \(model\.exemplars was 6, is 3\)"):
        run(place, smaller)
    with (place / "me.mp4").open("ab") as file:
        file.write(b"\0\0\0\x08free")
    with pytest.raises(SubjectError, match=r"me\.subject holds training on other footage or poses. Choose another f"):
        run(place, tiny)
    assert tree(place) == before
    run(place, tiny, subject=place / "other")
    assert (
        load_subject(place / "other").record["footage"]["sha256"]
        != load_subject(place / "me.subject").record["footage"]["sha256"]
    )


def test_a_picture_is_enough(place, picture, tiny):
    shutil.copy(picture.video, place / "me.png")
    assert run(place, tiny, "me.png").frames == 9
    assert load_subject(place / "me.subject").record["footage"]["frames"] == 1


@pytest.mark.parametrize("stage", ["preprocessing footage", "dancing"])
def test_an_interrupted_call_goes_on_when_it_is_repeated(place, tiny, stage):
    def interrupt(name, done, total):
        if name == stage and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(place, tiny, progress=interrupt)
    assert not (place / "out.mp4").exists()
    assert run(place, tiny).frames == 9


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"dance": "gone.mp4"}, VideoError, r"gone\.mp4"),
        ({"person": "gone.mp4"}, VideoError, r"gone\.mp4"),
        ({"person": ""}, VideoError, "is a folder"),
        ({"person": "pipe"}, VideoError, "is a named pipe"),
        ({"out": "out.txt"}, OutputError, r"out\.txt"),
        ({"out": "me.mp4"}, OutputError, "is also the input"),
        ({"out": "empty/out.mp4", "subject": "empty"}, OutputError, "lies in the subject"),
        ({"out": "new.mp4", "subject": "new.mp4"}, OutputError, "lies in the subject"),
        ({"options": replace(SHORT, background="beach")}, ConfigError, "`background` is beach"),
        ({"options": replace(SHORT, background=__file__)}, VideoError, "test_perform.py is not a video"),
        ({"options": replace(SHORT, start=9.0, end=None)}, VideoError, "has no frames from 9 s"),
        ({"options": replace(SHORT, device="cuda:77")}, ConfigError, "cuda:77"),
    ],
)
def test_what_cannot_be_used_is_refused_before_a_subject_is_made(place, tiny, change, error, words):
    os.mkfifo(place / "pipe")
    (place / "empty").mkdir()
    before = tree(place)
    given = {"dance": "dance.mp4", "person": "me.mp4", "out": "out.mp4"} | change
    if "subject" in given:
        given["subject"] = place / given["subject"]
    files = [place / given.pop(name) for name in ("dance", "person", "out")]
    with pytest.raises(error, match=words):
        perform(*files, **({"options": SHORT} | given), pipeline=tiny)
    assert tree(place) == before


def test_consent_that_is_given_later_is_kept_too(place, tiny):
    run(place, tiny)
    assert "consent" not in load_subject(place / "me.subject").record
    run(place, tiny, consent="Ada, in writing, 2026-11-20")
    assert load_subject(place / "me.subject").record["consent"]["name"] == "Ada"
