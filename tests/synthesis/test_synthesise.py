"""From poses to frames of the subject."""

import gc
from dataclasses import replace
from fractions import Fraction
from itertools import repeat

import numpy as np
import pytest
import torch

from motion_transfer.errors import PoseError, SubjectError
from motion_transfer.exemplars.candidates import CandidateWarper
from motion_transfer.exemplars.grid import Grid
from motion_transfer.footage.shadow import floor_places, lay_shadow, no_shadow
from motion_transfer.pose import empty
from motion_transfer.subject import build_generator
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise, synthesise_clip, synthesise_together
from tests.drawn_world import without
from tests.trained import drawing, strong_generator


@pytest.fixture
def subject(learned):
    return learned[1]


@pytest.fixture
def poses(footage):
    return footage.poses[:6]


def test_there_are_as_many_frames_as_poses_at_the_size_of_the_footage_and_the_weights_stay(subject, poses):
    before = {name: tensor.clone() for name, tensor in subject.generator.state_dict().items()}
    frames = list(synthesise(subject, poses))
    assert len(frames) == 6
    assert all(frame.shape == (160, 96, 3) and frame.dtype == np.uint8 for frame in frames)
    assert all(torch.equal(before[name], tensor) for name, tensor in subject.generator.state_dict().items())
    assert list(synthesise(subject, empty(0, subject.size, Fraction(25)))) == []


def test_a_frame_without_a_person_is_the_background_and_the_next_has_none_before_it(subject, poses):
    some = without(poses, frames=[0, 3])
    frames = list(synthesise(subject, some))
    for index in (0, 3):
        assert np.array_equal(frames[index], subject.background)
        assert not np.shares_memory(frames[index], subject.background), "the frame is the consumer's own"
    assert not np.array_equal(frames[1], subject.background)
    assert np.array_equal(frames[4], next(synthesise_clip(Clip(subject, some, frames=range(4, 6)))))


def with_strong_weights(subject):
    return replace(subject, generator=strong_generator(subject.pipeline))


def test_each_frame_depends_on_the_one_before(subject, poses):
    subject = with_strong_weights(subject)
    assert not np.array_equal(list(synthesise(subject, poses[:2]))[1], next(synthesise(subject, poses[1:2])))


AHEAD = 4  # frames: as many as the networks and what follows them have at work


def test_no_frame_is_made_before_the_first_is_asked_for_and_then_a_few_ahead(subject, footage):
    made = []
    hook = subject.generator.register_forward_hook(lambda *_: made.append(1))
    try:
        frames = synthesise(subject, footage.poses)
        assert made == []
        for count in (1, 2, 3):
            next(frames)
            assert count <= len(made) <= count + AHEAD
        frames.close()
        assert len(made) <= 3 + AHEAD
    finally:
        hook.remove()


def in_this_thread(work, items, threads=1):
    yield from map(work, items)


def test_memory_does_not_grow_with_the_clip(subject, footage, monkeypatch):
    # In this thread alone: the garbage collector's list of objects must not see what others are about to make.
    monkeypatch.setattr("motion_transfer.synthesis.frames.ahead", in_this_thread)
    many = replace(footage.poses, xy=np.tile(footage.poses.xy, (6, 1, 1)), score=np.tile(footage.poses.score, (6, 1)))
    alive = []
    for index, _ in enumerate(synthesise(subject, many)):
        if index in (5, 140):
            gc.collect()
            alive.append(sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects()))
    assert alive[1] <= alive[0] + 60, "those of the few frames that are being made"


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_the_mask_chooses_the_footages_own_sharpness_or_the_generated_foreground(subject, poses, logit):
    changed = with_strong_weights(from_pose_alone(subject))
    last = changed.generator.network.model[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor([0.5, -0.5, 0.0, logit]))
    expected = (np.tanh([0.5, -0.5, 0.0]) + 1) * 127.5 if logit > 0 else subject.background
    for frame in synthesise(changed, poses):
        assert np.abs(frame - expected).max() <= (0.51 if logit > 0 else 0)


def from_pose_alone(subject):
    """The subject with a network that draws from the pose alone."""
    return replace(subject, pipeline=drawing(subject.pipeline), exemplars=None)


def with_face(subject):
    """A subject whose face is improved: a residual of 1 everywhere."""
    torch.manual_seed(2)
    parts = {"face": True, "face_size": 32, "face_width": 2, "face_downsamplings": 1, "face_blocks": 1}
    pipeline = replace(subject.pipeline, model=replace(subject.pipeline.model, **parts))
    generator = build_generator(pipeline)
    generator.network.load_state_dict(subject.generator.network.state_dict())
    with torch.no_grad():
        generator.face.model[-1].bias.fill_(1e4)
    return replace(subject, pipeline=pipeline, generator=generator.eval())


@pytest.mark.parametrize("face", [False, True])
def test_clips_that_go_together_come_out_as_they_do_alone(subject, footage, face):
    subject = with_face(with_strong_weights(from_pose_alone(subject))) if face else with_strong_weights(subject)
    poses = footage.poses
    clips = [without(poses[:6], frames=2), poses[4:8], without(poses[8:17], frames=[0, 2, 8]), poses[:0]]
    together = list(synthesise_together([Clip(subject, poses) for poses in clips]))
    assert [[frame is not None for frame in step] for step in together] == [
        [step < len(poses) for poses in clips] for step in range(9)
    ]
    for number, poses in enumerate(clips):
        alone = list(synthesise(subject, poses))
        for step, frame in enumerate(alone):
            assert np.abs(frame.astype(int) - together[step][number]).max() <= 1
    assert not np.array_equal(together[1][0], together[1][1]), "they are different clips"


def test_poses_in_other_pixels_and_clips_of_different_subjects_are_refused(subject, poses):
    with pytest.raises(PoseError, match="in a frame of 192 x 320 pixels, the subject's is 96 x 160"):
        next(synthesise(subject, poses.scaled_to((192, 320))))
    other = with_strong_weights(subject)
    with pytest.raises(SubjectError, match="the clips are of different subjects"):
        next(synthesise_together([Clip(subject, poses), Clip(other, poses)]))


def test_a_part_of_a_clip_begins_with_nothing_before_it(subject, poses):
    subject = with_strong_weights(from_pose_alone(subject))
    part = list(synthesise_clip(Clip(subject, poses, frames=range(3, 5))))
    np.testing.assert_array_equal(part, list(synthesise(subject, poses[3:5])))


def test_the_face_is_improved_but_the_next_frame_does_not_see_that(subject, poses):
    plain = with_strong_weights(from_pose_alone(subject))
    improved = with_face(plain)
    for one, other in zip(synthesise(plain, poses), synthesise(improved, poses), strict=True):
        difference = (other.astype(int) - one).any(axis=2)
        rows, columns = np.nonzero(difference)
        assert len(rows), "the head is somewhere"
        assert np.ptp(rows) < 0.5 * 160, "and the rest of the frame is as before, also later"
        assert np.ptp(columns) < 0.6 * 96


@pytest.mark.parametrize("crop", ["frame", "person"])
def test_before_any_training_the_result_is_the_first_candidate_at_the_footages_size(subject, footage, crop):
    """Also where the canvas follows the person: as the exemplars show them, in every detail."""
    pipeline = replace(subject.pipeline, model=replace(subject.pipeline.model, crop=crop))
    untrained = replace(subject, pipeline=pipeline, generator=build_generator(pipeline).eval())
    poses = footage.poses[18:22]
    clip = Clip(untrained, poses)
    warper = CandidateWarper(subject.exemplars, poses, clip.viewport, pipeline.model.candidates)
    for t, frame in enumerate(synthesise(untrained, poses)):
        box = clip.viewport.boxes[t]
        scale = (box[2:] - box[:2]) / np.array(subject.canvas)
        grid = Grid(subject.size, tuple(scale.tolist()), tuple((-box[:2]).tolist()))
        person = warper.renderer(t, warper.steady(t), grid)(0)
        expected = person[..., :3] + (1 - person[..., 3:] / 255) * subject.background
        assert np.abs(frame - expected).max() <= 2


@pytest.mark.parametrize("own", [True, False])
def test_the_shadow_lies_on_the_subjects_own_background_only(subject, poses, own):
    untrained = replace(subject, generator=build_generator(subject.pipeline).eval())
    dark = replace(subject.exemplars, shadow=no_shadow() // 2)
    backdrop = None if own else repeat(subject.background)
    plain, shaded = (
        next(synthesise_clip(Clip(each, poses, backdrop=backdrop)))
        for each in (untrained, replace(untrained, exemplars=dark))
    )
    assert np.array_equal(plain, shaded) != own
    if own:
        expected = lay_shadow(subject.background, dark.shadow, floor_places(poses)[0])
        floor = (expected < subject.background).all(axis=2) & (plain == subject.background).all(axis=2)
        assert floor.any()
        assert np.abs(shaded[floor].astype(int) - expected[floor]).max() <= 2
        assert np.array_equal(shaded[:40], plain[:40]), "nothing but the floor is darker"
