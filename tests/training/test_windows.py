"""Training in windows that follow the person, and the video that is made so afterwards."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_transfer.config import FaceStageSettings
from motion_transfer.errors import ConfigError, SubjectError
from motion_transfer.exemplars.candidates import CandidateWarper
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.footage.preprocess import preprocess_footage
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.training.batch import to_batch
from motion_transfer.training.dataset import ClipDataset
from motion_transfer.training.stages import stages_of
from motion_transfer.training.step import Unrolled
from motion_transfer.workflows.train import train
from tests.trained import CPU, FORCED, drawing, strong_generator, with_train


@pytest.fixture(scope="module")
def person(tiny):
    """The smallest pipeline with windows and a face stage."""
    parts = {"face": True, "face_size": 32, "face_width": 4, "face_downsamplings": 1, "face_blocks": 1}
    shifted = with_train(drawing(tiny, crop="person", **parts), augment_shift=0.1)
    return replace(shifted, train_face=FaceStageSettings(steps=4))


@pytest.fixture(scope="module")
def learned_person(footage, person, tmp_path_factory):
    out = tmp_path_factory.mktemp("person") / "subject"
    return out, train(footage.video, out, person, FORCED, poses=footage.poses)


def test_frame_pose_plate_and_boxes_are_seen_through_the_window_of_their_frame(learned_person, footage, person):
    preprocessed = preprocess_footage(footage.video, learned_person[0] / "training" / "footage", person)
    viewport = preprocessed.viewport
    assert not viewport.still, "the figure sways"
    clip = ClipDataset(stages_of(person)[0], preprocessed, frames=range(24), length=2)[5]
    for place, t in enumerate((5, 6)):
        plate = viewport.crop(preprocessed.background, t)
        assert np.array_equal(clip.plates[place].permute(1, 2, 0), plate)
        assert np.array_equal(clip.moves[place], viewport.move(5, t))
        drawn = (clip.poses[place] < 250).any(dim=0)
        differs = (clip.frames[place].int() - clip.plates[place].int()).abs().amax(dim=0) > 40
        assert (drawn & differs).sum() > 0.5 * drawn.sum(), "the pose lies on the person"
        left, top, right, bottom = clip.boxes[place, 0].round().int().tolist()
        x, y = viewport.points(preprocessed.poses.xy)[t, preprocessed.poses.skeleton.index("nose")]
        assert left < x < right
        assert top < y < bottom


def test_training_and_synthesis_show_the_generator_the_same(learned_person, footage, tiny, monkeypatch):
    """Pose, previous output, plate and candidates of three frames, in training and when a video is made."""
    preprocessed = preprocess_footage(footage.video, learned_person[0] / "training" / "footage", tiny)
    pipeline = replace(tiny, model=replace(tiny.model, crop="person"))
    generator = strong_generator(pipeline)
    given = []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, *images: (given.append(images), forward(self, *images))[1]
    )
    bank = select_exemplars(preprocessed, pipeline)
    far = replace(bank, instants=bank.instants + 1000)  # else training would do without the nearest
    monkeypatch.setattr(CandidateWarper, "steady", lambda warper, t: warper.choose(0))  # as the clip begins
    whole = ClipDataset(stages_of(pipeline)[0], preprocessed, frames=range(24), length=3, exemplars=far)[0]
    batch = to_batch(type(whole)(*(each[None] for each in whole)), CPU)
    with torch.inference_mode():
        made = Unrolled(generator, pipeline.train)(*batch.given)
    body, canvas = learned_person[1].body, preprocessed.canvas
    subject = Subject(pipeline, body, canvas, preprocessed.background, generator, bank)
    frames = synthesise(subject, preprocessed.poses, CPU)
    for _ in range(3):
        next(frames)
    for trained, used in zip(given[:3], given[3:6], strict=True):  # more may be at work
        for one, other in zip(trained, used, strict=True):
            assert torch.allclose(one, other, atol=1e-4)
    assert not torch.allclose(made[1].frame, given[2][1]), "seen anew, through the window of the next frame"


def test_beyond_its_window_a_frame_is_the_room_exactly(learned_person, footage):
    subject = learned_person[1]
    clip = Clip(subject, footage.poses, CPU)
    for t, frame in zip(range(5), synthesise(subject, footage.poses, CPU), strict=False):
        left, top, right, bottom = clip.viewport.boxes[t]
        inside = np.zeros(frame.shape[:2], bool)
        inside[max(top, 0) : bottom, max(left, 0) : right] = True
        assert np.array_equal(frame[~inside], subject.background[~inside])
        assert not np.array_equal(frame[inside], subject.background[inside])


def test_there_is_no_seam_where_the_window_ends(person, learned_person, footage):
    """Even a generator that fills its whole window with colour lets the room through at the border."""
    subject = replace(learned_person[1], generator=strong_generator(person))
    clip = Clip(subject, footage.poses, CPU)
    frame = next(synthesise(subject, footage.poses, CPU)).astype(int)
    left, top, right, bottom = clip.viewport.boxes[0]
    room = subject.background.astype(int)
    for row in (top, bottom - 1):
        if 0 <= row < frame.shape[0]:
            assert np.abs(frame[row, max(left, 0) : right] - room[row, max(left, 0) : right]).max() <= 20
    for column in (left, right - 1):
        if 0 <= column < frame.shape[1]:
            assert np.abs(frame[max(top, 0) : bottom, column] - room[max(top, 0) : bottom, column]).max() <= 20


def test_the_subject_is_measured_and_can_be_loaded(learned_person):
    folder, subject = learned_person
    assert subject.record["held_out"]["result"]["person_psnr"] > 0
    assert load_subject(folder).generator.person_crop
    assert set(subject.record["training"]["stages"]) == {"global", "face"}


def test_a_window_without_composition_is_refused(tiny):
    with pytest.raises(ConfigError, match=r"model\.composite is false"):
        stages_of(drawing(tiny, crop="person", composite=False))


def test_footage_without_its_viewport_is_refused_with_what_to_do(footage, person, tmp_path):
    preprocess_footage(footage.video, tmp_path / "studied", person, poses=footage.poses)
    (tmp_path / "studied" / "viewport.npz").unlink()
    with pytest.raises(SubjectError, match=r"viewport\.npz does not exist; .* train again to rebuild it"):
        preprocess_footage(footage.video, tmp_path / "studied", person)
