"""Checkpoints of Everybody Dance Now, brought along: the subject computes what they computed."""

import json
import os
import pickle
import subprocess

import pytest
import torch
from safetensors.torch import load_file

from motion_transfer.cli import main
from motion_transfer.errors import CheckpointError, ConfigError, MotionTransferError, OutputError, SubjectError
from motion_transfer.subject import load_subject
from motion_transfer.video import probe
from motion_transfer.workflows.import_edn import import_subject
from tests.models.published import global_weights, local_weights, run_global, run_local
from tests.test_checkpoints import Trap

GLOBAL = {"width": 4, "downsamplings": 2, "blocks": 3}
LOCAL = {"width": 3, "blocks": 2, "global_downsamplings": 2, "global_blocks": 1}
CANVAS = (128, 64)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """Random weights of each kind in the form of the published ones."""
    torch.manual_seed(4)
    folder = tmp_path_factory.mktemp("checkpoints")
    weights = {"global": global_weights(**GLOBAL), "local": local_weights(**LOCAL), "face": global_weights(4, 3, 5)}
    for kind, tensors in weights.items():
        torch.save(tensors, folder / f"{kind}.pth", _use_new_zipfile_serialization=kind != "global")
    return folder


@pytest.fixture
def bring(checkpoints, footage, tmp_path):
    """`bring("local", face=True)` imports a kind of checkpoint into `tmp_path / "me"`."""

    def run(kind, **options):
        path = kind if isinstance(kind, os.PathLike) else checkpoints / f"{kind}.pth"
        face = options.pop("face", None)
        face = checkpoints / "face.pth" if face is True else face
        options = {"canvas": CANVAS, "poses": footage.poses, "device": "cpu", "face": face} | options
        return import_subject(path, options.pop("footage", footage.video), tmp_path / "me", **options)

    return run


def images(seed=5):
    generator = torch.Generator().manual_seed(seed)
    return [torch.rand(1, 3, 64, 128, generator=generator) * 2 - 1 for _ in range(3)]


@pytest.mark.parametrize("kind", ["global", "local"])
def test_the_subject_computes_what_the_checkpoint_computed(bring, checkpoints, kind):
    subject = bring(kind)
    weights = torch.load(checkpoints / f"{kind}.pth", weights_only=True)
    pose, previous, plate = images()
    x = torch.cat([(pose + 1) / 2, previous], dim=1)  # poses from 0 to 1, frames from -1 to 1
    run, sizes = (run_global, GLOBAL) if kind == "global" else (run_local, LOCAL)
    sizes = {name: value for name, value in sizes.items() if name != "width"}
    with torch.no_grad():
        made = subject.generator(pose, previous, plate)
        assert torch.allclose(made.frame, run(weights, x, **sizes), atol=1e-5)
    assert (made.mask == 1).all()


def test_a_generator_that_is_shown_the_pose_alone_is_opened_too(bring, tmp_path):
    """As pix2pixHD trains one on pictures of poses, in [-1, 1]."""
    torch.manual_seed(7)
    weights = global_weights(**GLOBAL, in_channels=3)
    torch.save(weights, tmp_path / "net.pth")
    subject = bring(tmp_path / "net.pth")
    assert (subject.pipeline.model.temporal, subject.pipeline.model.pose_range) == (False, "-1..1")
    pose, previous, plate = images()
    with torch.no_grad():
        made = subject.generator(pose, previous, plate)
        assert torch.allclose(made.frame, run_global(weights, pose, 2, 3), atol=1e-5)


def test_the_face_generator_comes_along(bring, checkpoints):
    subject = bring("global", face=True)
    weights = torch.load(checkpoints / "face.pth", weights_only=True)
    pose, crop = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        residual = run_global(weights, torch.cat([pose, crop], dim=1), 3, 5)
        assert torch.allclose(subject.generator.face(pose, crop), crop + residual, atol=1e-5)
    model = subject.pipeline.model
    assert (model.face, model.face_width, model.face_downsamplings, model.face_blocks) == (True, 4, 3, 5)


def test_sizes_are_read_off_the_tensors(bring):
    model = bring("local").pipeline.model
    assert (model.network, model.width, model.downsamplings) == ("local", 6, 2)
    assert (model.blocks, model.enhancer_blocks, model.upsampling_kernel) == (1, 2, 3)
    assert (model.composite, model.temporal, model.pose_range, model.face) == (False, True, "0..1", False)


def test_the_record_says_that_it_is_imported_and_from_where(bring, footage, tmp_path):
    subject = bring("global", face=True)
    record = json.loads((tmp_path / "me" / "subject.json").read_text())
    assert record["imported"]["generator"]["name"] == "global.pth"
    assert len(record["imported"]["face"]["sha256"]) == 64
    assert record["footage"]["name"] == footage.video.name
    assert subject.canvas == CANVAS
    assert subject.size == footage.poses.size
    kept = {"background.png", "generator.safetensors", "preview.png", "subject.json"}
    assert set(os.listdir(tmp_path / "me")) == kept
    assert os.listdir(tmp_path) == ["me"], "nothing is left beside it"


def test_weights_are_kept_exactly_or_in_half_precision_if_asked(bring, checkpoints, tmp_path):
    weights = torch.load(checkpoints / "global.pth", weights_only=True)
    bring("global")
    stored = load_file(tmp_path / "me" / "generator.safetensors")
    assert all(torch.equal(stored[f"network.{name}"], tensor) for name, tensor in weights.items())
    (tmp_path / "me").rename(tmp_path / "exact")
    bring("global", half=True)
    files = [tmp_path / name / "generator.safetensors" for name in ("me", "exact")]
    assert files[0].stat().st_size < 0.6 * files[1].stat().st_size
    halved, exact = (load_subject(file.parent).generator(*images()).frame for file in files)
    assert 0 < (halved - exact).abs().max() < 0.05


@pytest.mark.parametrize("kind", ["global", "local"])
def test_published_sizes_are_the_canvas_if_none_is_given(bring, kind):
    assert bring(kind, canvas=None).canvas == {"global": (512, 256), "local": (1024, 512)}[kind]


def prefixed(weights, prefix):
    return {prefix + name: tensor for name, tensor in weights.items()}


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: prefixed(weights, "module."),
        lambda weights: {
            "state_dict": prefixed(weights, "netG.module.") | {"netD.scale0_layer0.0.bias": torch.ones(2)}
        },
        lambda weights: weights | {"model.2.running_mean": torch.zeros(4), "model.2.running_var": torch.ones(4)},
    ],
    ids=["parallel", "netG beside netD", "running statistics"],
)
def test_names_of_trainers_and_statistics_of_old_versions_do_no_harm(bring, checkpoints, tmp_path, change):
    weights = torch.load(checkpoints / "global.pth", weights_only=True)
    torch.save(change(weights), tmp_path / "net.pth")
    assert bring(tmp_path / "net.pth").pipeline.model.width == 4


def another(kind, changes):
    """A state dictionary of a kind with some tensors changed; None takes one out."""
    torch.manual_seed(6)
    weights = global_weights(**GLOBAL) if kind == "global" else local_weights(**LOCAL)
    for name, shape in changes.items():
        del weights[name]
        if shape is not None:
            weights[name] = torch.zeros(shape)
    return weights


OTHERS = {
    "36 label maps": (
        another("global", {"model.1.weight": (4, 36, 7, 7)}),
        r"shown 36 channels of pix2pixHD's label maps, .* expected 6 channels \(pose and previous frame\) or 3",
    ),
    "a grey picture": (another("global", {"model.1.weight": (4, 1, 7, 7)}), "shown 1 channels and no picture"),
    "a discriminator": ({"scale0_layer0.0.weight": torch.ones(4, 9, 4, 4)}, "holds a discriminator; expected a gen"),
    "VGG": ({"features.0.weight": torch.ones(4, 3, 3, 3)}, "holds a network that classifies images; expected"),
    "wider kernels": (another("global", {"model.7.weight": (16, 8, 4, 4)}), r"7\.weight is \(16, 8, 4, 4\)"),
    "no last layer": (another("global", {"model.20.weight": None}), r"20\.weight is missing; expected \(3, 4"),
    "batch norm": (another("global", {}) | {"model.2.weight": torch.ones(4)}, r"2\.weight is \(4,\); expected none"),
    "two enhancers": (
        another("local", {}) | {"model2_1.1.bias": torch.ones(2)},
        "with two local enhancers; expected a generator",
    ),
    "a u-net": ({"model.model.0.weight": torch.ones(64, 3, 4, 4)}, "holds the U-Net of pix2pix; expected a generator"),
    "a scalar": ({"model.1.weight": torch.tensor(1.0)}, r"model\.1\.weight is \(\); expected \(64, 6, 7, 7\)"),
    "an enhancer of another width": (
        another("local", {"model1_1.4.weight": (8, 3, 3, 3)}),
        r"model1_1\.4\.weight is \(8, 3, 3, 3\); expected \(6, 3, 3, 3\)",
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_architecture_is_told_by_the_first_tensor_that_does_not_fit(bring, tmp_path, other):
    weights, says = OTHERS[other]
    torch.save(weights, tmp_path / "net.pth")
    with pytest.raises(CheckpointError, match=says) as refusal:
        bring(tmp_path / "net.pth")
    assert str(tmp_path / "net.pth") in str(refusal.value)
    assert os.listdir(tmp_path) == ["net.pth"]


def test_a_face_generator_that_is_none_is_told_too(bring, checkpoints):
    with pytest.raises(CheckpointError, match=r"local\.pth holds a local enhancer; expected a face generator"):
        bring("global", face=checkpoints / "local.pth")


@pytest.mark.parametrize("network", ["the same network as the generator", "a global generator"])
def test_a_global_generator_is_no_face_generator(bring, checkpoints, tmp_path, network):
    face = checkpoints / "global.pth"
    if network == "a global generator":
        face = tmp_path / "other.pth"
        torch.save(global_weights(width=2, downsamplings=4, blocks=9), face)
    with pytest.raises(CheckpointError, match=rf"{face.name} holds {network} .*; expected a face generator"):
        bring("global", face=face)
    assert not (tmp_path / "me").exists()


def test_sizes_beyond_what_can_be_run_are_refused(bring, tmp_path):
    torch.save(global_weights(1, 6, 1), tmp_path / "net.pth")
    with pytest.raises(CheckpointError, match=r"net\.pth are not ones that can be run: model\.\w+ is"):
        bring(tmp_path / "net.pth")


def test_weights_that_are_not_finite_are_refused(bring, checkpoints, tmp_path):
    weights = torch.load(checkpoints / "global.pth", weights_only=True)
    weights["model.4.bias"][2] = float("nan")
    torch.save(weights, tmp_path / "net.pth")
    with pytest.raises(CheckpointError, match=r"tensor model\.4\.bias holds numbers that are not finite"):
        bring(tmp_path / "net.pth")


@pytest.mark.parametrize("harm", ["cut", "code", "missing"])
def test_a_file_that_cannot_be_read_leaves_nothing_behind(bring, checkpoints, tmp_path, harm):
    path, sprung = tmp_path / "net.pth", tmp_path / "sprung"
    if harm == "cut":
        path.write_bytes((checkpoints / "local.pth").read_bytes()[:5000])
    elif harm == "code":
        path.write_bytes(pickle.dumps({"model.1.weight": Trap(sprung)}))
    says = {"cut": "is damaged", "code": "is refused: .* could run any code", "missing": "does not exist"}
    before = os.listdir(tmp_path)
    with pytest.raises(CheckpointError, match=says[harm]):
        bring(path)
    assert os.listdir(tmp_path) == before


def test_footage_that_is_missing_is_named(bring, tmp_path):
    with pytest.raises(MotionTransferError, match=r"nowhere\.mp4"):
        bring("global", footage=tmp_path / "nowhere.mp4")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("canvas", [(100, 64), (128, 32), (0, 64)])
def test_a_canvas_that_cannot_work_is_refused_with_one_that_does(bring, canvas):
    with pytest.raises(ConfigError, match=r"a canvas of .* expected multiples of 32, 64 at least\. Try \d+ x \d+"):
        bring("global", canvas=canvas)


def test_what_is_there_already_is_not_overwritten(bring, tmp_path):
    (tmp_path / "me").mkdir()
    (tmp_path / "me" / "diary.txt").write_text("mine")
    with pytest.raises(OutputError, match="me is a folder that also holds"):
        bring("global")
    assert os.listdir(tmp_path / "me") == ["diary.txt"]


def test_on_the_command_line_a_checkpoint_becomes_a_dance(checkpoints, footage, dance, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    words = ["import-edn", "--generator", checkpoints / "local.pth", "--face", checkpoints / "face.pth", "--footage"]
    words += [footage.video, "--poses", footage.pose_file, "--canvas", 128, 64, "--out", "me", "--quiet", "--json"]
    assert main([str(word) for word in words]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["imported"]["generator"]["name"] == "local.pth"
    words = ["transfer", dance.video, "--poses", dance.pose_file, "--subject", "me", "--out", "out.mp4", "--quiet"]
    assert main([str(word) for word in words]) == 0
    clip = probe(tmp_path / "out.mp4")
    assert (clip.size, clip.frames) == (footage.poses.size, len(dance.poses))


@pytest.mark.parametrize("who", ["largest", "left", "2"])
def test_the_person_that_is_named_is_looked_for(checkpoints, footage, tmp_path, monkeypatch, who):
    asked = []

    def study(*arguments, person, **options):
        asked.append(person)
        raise SubjectError("far enough")

    monkeypatch.setattr("motion_transfer.workflows.import_edn.preprocess_footage", study)
    words = ["import-edn", "--generator", checkpoints / "global.pth", "--footage", footage.video]
    words += ["--out", tmp_path / "me", *([] if who == "largest" else ["--person", who])]
    assert main([str(word) for word in words]) == 2
    assert asked == [who]


def test_a_refusal_on_the_command_line_is_one_sentence(command, checkpoints, footage, tmp_path):
    (tmp_path / "net.pth").write_bytes(b"\x80\x02garbage")
    words = ["import-edn", "--generator", tmp_path / "net.pth", "--footage", footage.video, "--out", tmp_path / "me"]
    done: subprocess.CompletedProcess[str] = command(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("CheckpointError: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "me").exists()
