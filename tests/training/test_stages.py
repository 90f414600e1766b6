"""Stages: each trains its own part from the weights of the one before."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_transfer.config import FaceStageSettings, LocalStageSettings, load_pipeline
from motion_transfer.errors import ConfigError, TrainingError
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.subject import build_generator
from motion_transfer.training.loop import train_networks
from motion_transfer.training.stages import stages_of
from motion_transfer.training.state import TrainingState, result_of
from tests.trained import CPU, drawing, held_out_sheet, same, stop_at, weights, with_poses, with_train


def moved(before, after):
    """The networks of the generator that have changed."""
    changed = [name for name in after if name.startswith("generator") and not torch.equal(before[name], after[name])]
    return {".".join(name.split(".")[1:3]) for name in changed}


@pytest.fixture(scope="module")
def run(preprocessed, tiny_stages, tmp_path_factory):
    """A run through all stages: its folder, its end, the log."""
    folder = tmp_path_factory.mktemp("stages")
    state = train_networks(preprocessed, folder, tiny_stages, CPU)
    return folder, state, [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_one_command_runs_all_stages_in_their_order(run):
    _, state, log = run
    assert state.stage.name == "face"
    assert [(line["stage"], line["step"]) for line in log] == [("global", 6), ("local", 12), ("face", 18)]
    assert list(state.history) == ["global", "local", "face"]
    assert all(stage["steps"] == 6 for stage in state.history.values())


def test_each_stage_says_what_it_minimises(run):
    _, _, log = run
    assert {"adversarial", "features", "l1", "gradient", "discriminator"} <= set(log[0]) & set(log[1])
    assert {"face_adversarial", "face_perceptual", "face_discriminator"} <= set(log[2])
    assert "features" not in log[2]


def test_the_default_pipeline_has_one_stage(tiny):
    assert [stage.name for stage in stages_of(tiny)] == ["global"]


def test_the_global_stage_trains_at_half_resolution_or_at_its_own(preprocessed, tiny_stages):
    sizes = [stage.canvas(preprocessed) for stage in stages_of(tiny_stages)]
    assert sizes == [(32, 48), (64, 96), (64, 96)]
    assert stages_of(with_train(tiny_stages, size=96))[0].canvas(preprocessed) == (64, 128)


def test_the_local_stage_begins_with_the_global_ones_weights(tiny_stages):
    first, second = stages_of(tiny_stages)[:2]
    before = TrainingState(first, CPU)
    with torch.no_grad():
        for parameter in [*before.generator.parameters(), *before.discriminator.parameters()]:
            parameter.fill_(0.5)
    after = before.next_stage(second)
    coarse = [tensor for name, tensor in after.generator.state_dict().items() if name.startswith("network.model.")]
    fine = [tensor for name, tensor in after.generator.state_dict().items() if "network.model1" in name]
    assert all((tensor == 0.5).all() for tensor in coarse)
    assert not any((tensor == 0.5).all() for tensor in fine)
    scales = after.discriminator.discriminators
    assert all((tensor == 0.5).all() for tensor in scales[1].state_dict().values())
    assert not any((tensor == 0.5).all() for tensor in scales[0].state_dict().values())
    assert after.average.state_dict().keys() == after.generator.state_dict().keys()


def test_the_global_part_may_be_frozen_at_first(preprocessed, tiny_stages, tmp_path):
    def after(steps):
        local = LocalStageSettings(steps=steps, frozen_epochs=0.1, discriminator_scales=2)
        alone = replace(tiny_stages, train_local=local, train_face=FaceStageSettings())
        alone = replace(alone, model=replace(alone.model, face=False))
        folder = tmp_path / str(steps)
        folder.mkdir()
        return weights(train_networks(preprocessed, folder, alone, CPU))

    # 21 pairs: a tenth of an epoch are two steps and a bit.
    start, frozen, thawed = after(1), after(3), after(5)
    assert moved(start, frozen) == {"network.model1_1", "network.model1_2"}
    assert moved(frozen, thawed) == {"network.model", "network.model1_1", "network.model1_2"}


def test_the_face_stage_trains_the_face_alone_on_the_frames_that_people_will_see(
    run, preprocessed, tiny_stages, tmp_path
):
    _, state, _ = run
    third = stages_of(tiny_stages)[2]
    before = TrainingState(stages_of(tiny_stages)[1], CPU)
    with torch.no_grad():
        for parameter in before.average.parameters():
            parameter.add_(0.25)
    began = before.next_stage(third)
    kept = {name: tensor for name, tensor in before.average.state_dict().items() if not name.startswith("face.")}
    assert all(torch.equal(began.generator.state_dict()[name], tensor) for name, tensor in kept.items())
    assert {name.split(".")[0] for name in began.discriminator.state_dict()} == {"face"}
    began.freeze(0.0)
    assert {name.split(".")[0] for name, p in began.generator.named_parameters() if p.requires_grad} == {"face"}
    mean = state.average.state_dict()
    now = state.generator.state_dict()
    assert {name.split(".")[0] for name in now if not torch.equal(now[name], mean[name])} == {"face"}


def test_the_face_stage_is_judged_by_the_face(run, preprocessed, tiny_stages):
    log = run[2]
    half = with_train(tiny_stages, held_out=0.5)
    sheet = held_out_sheet(stages_of(half)[2], preprocessed, select_exemplars(preprocessed, half))
    index = sheet.shown[0]
    instant = sheet.clips.starts[index] + sheet.clips.length - 1
    compared = sheet._compared(index, sheet.clips[index].boxes[-1].numpy())
    assert np.allclose(compared, preprocessed.viewport.points(part_boxes(preprocessed.poses))[instant, :1], atol=1e-3)
    assert all("held_out_psnr" in line for line in log)


def test_the_face_stage_begins_with_the_frames_as_they_are(tiny_stages):
    _, second, third = stages_of(tiny_stages)
    state = TrainingState(second, CPU).next_stage(third)
    pose, crop = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        assert torch.equal(state.generator.face(pose, crop), crop)
        assert torch.equal(state.average.face(pose, crop), crop)


def test_each_stage_ends_at_the_first_of_its_own_bounds(preprocessed, tiny_stages, tmp_path):
    # 21 pairs an epoch; the face stage's minutes are over after its first step.
    bounded = replace(
        with_train(tiny_stages, steps=2, minutes=60.0),
        train_local=replace(tiny_stages.train_local, steps=9, epochs=0.1),
        train_face=replace(tiny_stages.train_face, steps=0, minutes=1e-6),
    )
    state = train_networks(preprocessed, tmp_path, bounded, CPU)
    assert {name: stage["steps"] for name, stage in state.history.items()} == {"global": 2, "local": 3, "face": 1}


def test_hands_train_like_the_face(preprocessed, tiny_stages, tmp_path):
    xy, score = preprocessed.poses.xy.copy(), preprocessed.poses.score.copy()
    skeleton = preprocessed.poses.skeleton
    for hand, wrist in ((skeleton.left_hand, "left_wrist"), (skeleton.right_hand, "right_wrist")):
        xy[:, hand] = xy[:, [skeleton.index(wrist)]] + 1
        score[:, hand] = 1
    seen = with_poses(preprocessed, xy=xy, score=score)
    both = replace(tiny_stages, model=replace(tiny_stages.model, hands=True))
    state = train_networks(seen, tmp_path, with_train(both, steps=1), CPU)
    assert {"face_l1", "hands_l1"} <= set(state.losses)
    assert {name.split(".")[0] for name in result_of(state).state_dict()} == {"network", "face", "hands"}


def test_footage_without_a_face_is_refused_by_the_face_stage(preprocessed, tiny_stages, tmp_path):
    xy = preprocessed.poses.xy.copy()
    for joint in ("nose", "left_eye", "right_eye"):
        xy[:, preprocessed.poses.skeleton.index(joint)] = float("nan")
    faceless = with_poses(preprocessed, xy=xy)
    with pytest.raises(TrainingError, match=r"no face can be seen in the footage.* Disable it \(`model.face`"):
        train_networks(faceless, tmp_path, tiny_stages, CPU)


def test_frames_without_a_face_are_passed_over(preprocessed, tiny_stages, tmp_path):
    xy = preprocessed.poses.xy.copy()
    xy[3:20, preprocessed.poses.skeleton.index("nose")] = float("nan")
    partly = with_poses(preprocessed, xy=xy)
    state = train_networks(partly, tmp_path, tiny_stages, CPU)
    assert all(tensor.isfinite().all() for tensor in weights(state).values())


@pytest.mark.parametrize("step", [3, 6, 7, 12, 15])
def test_interrupted_in_any_stage_it_ends_with_the_same_weights(preprocessed, tiny_stages, tmp_path, run, step):
    with pytest.raises(KeyboardInterrupt):
        train_networks(preprocessed, tmp_path, tiny_stages, CPU, progress=stop_at(step, signal.SIGTERM))
    assert same(weights(train_networks(preprocessed, tmp_path, tiny_stages, CPU)), weights(run[1]))
    steps = [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))


IMPOSSIBLE = {
    "unroll is 1, but the generator gets its previous frame": {"train": {"unroll": 1}},
    "unroll is 2, but model.temporal is false": {"model": {"temporal": False}},
    "the stage that trains it has no bound. Give train_local": {"train_local": {"steps": 0}},
    "train_local has a bound, but model.network is 'global'": {"model": {"network": "global"}},
    "the stage that trains them has no bound. Give train_face": {"train_face": {"steps": 0}},
    "train_face has a bound, but model.face and model.hands are false": {"model": {"face": False}},
}


@pytest.mark.parametrize("problem", IMPOSSIBLE)
def test_stages_that_do_not_fit_the_networks_are_refused_before_anything_starts(
    preprocessed, tiny_stages, tmp_path, problem
):
    changed = {name: replace(getattr(tiny_stages, name), **table) for name, table in IMPOSSIBLE[problem].items()}
    with pytest.raises(ConfigError, match=problem):
        train_networks(preprocessed, tmp_path, replace(tiny_stages, **changed), CPU)
    assert os.listdir(tmp_path) == []


def test_a_compositor_is_not_trained_on_shifted_frames_and_needs_no_training(tiny):
    with pytest.raises(ConfigError, match=r"augment_shift moves what a compositor's candidates were made for"):
        stages_of(with_train(tiny, augment_shift=0.1))
    with pytest.raises(ConfigError, match="training would never end"):
        with_train(drawing(tiny), steps=0)
    assert len(stages_of(with_train(tiny, steps=0))) == 1


def test_a_size_for_a_stage_that_has_none_of_its_own_is_refused(tiny):
    with pytest.raises(ConfigError, match=r"train\.size is 96, but no local stage follows"):
        stages_of(with_train(tiny, size=96))


def test_an_unroll_longer_than_any_clip_names_the_longest(preprocessed, tiny, tmp_path):
    for unroll in (23, 32):
        with pytest.raises(
            TrainingError, match=rf"no {unroll} consecutive frames .* has 22: try a `train.unroll` of 22"
        ):
            train_networks(preprocessed, tmp_path, with_train(tiny, unroll=unroll), CPU)


@pytest.mark.parametrize("name", ["default", "edn", "edn-small", "pix2pix"])
def test_the_pipelines_that_come_with_the_package_can_be_trained(name):
    names = [stage.name for stage in stages_of(load_pipeline(name))]
    assert names == (["global", "local", "face"] if name.startswith("edn") else ["global"])


def test_the_published_preset_has_the_published_sizes(preprocessed):
    first, second, third = stages_of(load_pipeline("edn"))
    wide = replace(preprocessed, viewport=replace(preprocessed.viewport, canvas=(1024, 512)))
    assert [stage.canvas(wide) for stage in (first, second, third)] == [(512, 256), (1024, 512), (1024, 512)]
    assert (len(first.discriminator().discriminators), len(second.discriminator().discriminators)) == (2, 3)
    with torch.device("meta"):
        network = build_generator(first.pipeline).network
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(182.5e6, rel=0.001)


@pytest.mark.parametrize(
    ("name", "published"),
    [("edn", [1, 10, 10, 0, 0, 0]), ("edn-small", [1, 10, 10, 0, 0, 0]), ("pix2pix", [1, 0, 0, 100, 0, 0])],
)
def test_networks_that_draw_from_the_pose_keep_their_published_losses(name, published):
    train, model = load_pipeline(name).train, load_pipeline(name).model
    kinds = ("adversarial", "feature", "perceptual", "l1", "gradient")
    assert [*(getattr(train, f"{kind}_weight") for kind in kinds), model.exemplars] == published
    assert train.perceptual == "vgg"


def test_pix2pix_judges_single_frames(preprocessed, tiny, tmp_path):
    small = load_pipeline("pix2pix")
    sizes = {"size": 64, "width": 4, "downsamplings": 3, "discriminator_width": 4}
    small = replace(small, model=replace(small.model, **sizes), train=replace(small.train, steps=3, epochs=0.0))
    state = train_networks(preprocessed, tmp_path, small, CPU)
    assert state.discriminator.discriminators[0].stages[0][0].in_channels == 6
    assert state.losses["l1"] > 0
