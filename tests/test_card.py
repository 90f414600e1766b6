"""What a graphics card computes is what the processor computes; skipped where there is no card."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.models.inference import InferenceGenerator
from motion_transfer.subject import build_generator
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise, synthesise_together
from motion_transfer.training.budget import plan_training
from motion_transfer.training.stages import stages_of
from motion_transfer.training.state import TrainingState
from motion_transfer.video import VideoReader
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer
from tests.drawn_world import without
from tests.trained import checkpoint, drawing, strong_generator, with_train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no graphics card")
CARD = "cuda"


@pytest.fixture
def subject(learned):
    return replace(learned[1], generator=strong_generator(learned[1].pipeline))


@pytest.fixture
def drawn(subject):
    """A subject whose network draws from the pose alone, and improves the face."""
    parts = {"face": True, "face_size": 32, "face_width": 2, "face_downsamplings": 1, "face_blocks": 1}
    pipeline = drawing(subject.pipeline, **parts)
    torch.manual_seed(3)
    return replace(subject, pipeline=pipeline, generator=build_generator(pipeline).eval(), exemplars=None)


@pytest.mark.parametrize("which", ["subject", "drawn"])
def test_frames_differ_by_the_rounding_of_half_precision(which, footage, request):
    subject = request.getfixturevalue(which)
    poses = without(footage.poses[:8], frames=[3])
    ours, theirs = (np.array(list(synthesise(subject, poses, device)), float) for device in ("cpu", CARD))
    assert np.abs(ours - theirs).mean() < 0.5, "of 255"
    assert np.abs(ours - subject.background).mean() > 1, "else there would be nothing to compare"


def test_clips_together_are_the_clips_alone(subject, footage):
    clips = [Clip(subject, poses, CARD) for poses in (footage.poses[:6], footage.poses[4:8])]
    together = list(synthesise_together(clips))
    for number, poses in enumerate((footage.poses[:6], footage.poses[4:8])):
        made = np.array([frames[number] for frames in together[: len(poses)]], float)
        assert np.abs(made - np.array(list(synthesise(subject, poses, CARD)))).mean() < 0.5


def test_the_subject_stays_in_the_processors_memory_as_it_is(subject, footage):
    before = {name: tensor.clone() for name, tensor in subject.generator.state_dict().items()}
    list(synthesise(subject, footage.poses[:2], CARD))
    after = subject.generator.state_dict()
    assert all(each.device.type == "cpu" and torch.equal(before[name], each) for name, each in after.items())


def test_a_recording_gives_what_other_inputs_ask_for(subject):
    card, canvas = torch.device(CARD), subject.canvas[::-1]
    generator = InferenceGenerator(subject.generator, card)
    with torch.inference_mode():
        for _ in range(3):
            images = torch.rand(3, 2, 3, *canvas).unbind()
            candidates = torch.rand(2, subject.pipeline.model.candidates, 5, *canvas)
            expected = subject.generator(*images, candidates).frame
            made = generator(*(each.to(card) for each in (*images, candidates))).frame.cpu()
            assert (made - expected).abs().mean() < 0.02


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"precision": "fp32"},
        {"precision": "fp16"},
        {"batch": 0},
        {"recompute": True},
        {"workers": 0},
        {"workers": 2},
    ],
    ids=str,
)
def test_training_on_a_card_ends_with_finite_weights_and_goes_on(changes, footage, tiny, tmp_path):
    out, options = tmp_path / "me", TrainOptions(device=CARD, force=True)
    train(footage.video, out, with_train(tiny, steps=3, **changes), options, poses=footage.poses)
    subject = train(footage.video, out, with_train(tiny, steps=6, **changes), options, poses=footage.poses)
    assert checkpoint(out)["step"] == 6
    assert all(bool(each.isfinite().all()) for each in subject.generator.parameters())


def test_a_network_that_draws_is_trained_on_a_card(footage, tiny, tmp_path):
    pipeline = drawing(tiny, face=True, face_size=32, face_width=2, face_downsamplings=1, face_blocks=1)
    pipeline = replace(pipeline, train_face=replace(pipeline.train_face, steps=2))
    train(footage.video, tmp_path / "me", pipeline, TrainOptions(device=CARD, force=True), poses=footage.poses)
    assert checkpoint(tmp_path / "me")["step"] == 8


def test_a_state_saved_on_a_card_is_loaded_without_one(tiny, tmp_path):
    (stage,) = stages_of(tiny)
    state = TrainingState(stage, torch.device(CARD))
    state.save(tmp_path / "checkpoint.pt")
    TrainingState(stage, torch.device("cpu")).load(tmp_path / "checkpoint.pt")


def test_a_budget_is_planned_for_the_card(tiny):
    assert plan_training(tiny, "quick", CARD, size=64).minutes == 2


def test_a_transfer_is_written_whole(subject, dance, tmp_path):
    out = tmp_path / "out.mp4"
    made = transfer(dance.video, subject, out, TransferOptions(device=CARD, credentials=False), poses=dance.poses)
    with VideoReader(out) as video:
        assert len(video) == made.frames == len(dance.poses)


def test_memory_that_is_too_small_is_told(subject, footage):
    from motion_transfer.errors import ConfigError

    everything = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e6 / everything)
    try:
        with pytest.raises(ConfigError, match="too little memory"):
            list(synthesise(subject, footage.poses[:2], CARD))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
