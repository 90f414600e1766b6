"""The Subject's folder: complete, exact to half precision, and safe to open when it comes from another person."""

import json
import math
import os
import pickle
import resource
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from motion_transfer.config import ModelSettings, Pipeline
from motion_transfer.errors import SubjectError
from motion_transfer.subject import build_generator, load_subject, read_pipeline, save_subject
from tests.test_checkpoints import Trap
from tests.trained import drawing


@pytest.fixture
def folder(learned, tmp_path):
    """A copy of a subject as one would get it from another person."""
    copy = tmp_path / "subject"
    shutil.copytree(learned[0], copy, ignore=shutil.ignore_patterns("training"))
    return copy


def edit(folder, **changes):
    path = folder / "subject.json"
    description = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in description.items() if value is not None}))


def refused(folder, match):
    with pytest.raises(SubjectError, match=match) as refusal:
        load_subject(folder)
    assert str(folder) in str(refusal.value)


def test_a_subject_comes_back_as_it_was_saved(learned, tmp_path):
    subject = learned[1]
    save_subject(tmp_path / "copy", subject)
    again = load_subject(tmp_path / "copy")
    assert (again.pipeline, again.body, again.canvas, again.record) == (
        subject.pipeline,
        subject.body,
        subject.canvas,
        json.loads(json.dumps(subject.record)),
    )
    assert np.array_equal(again.background, subject.background)
    assert again.size == (96, 160)
    assert not again.generator.training
    for name, tensor in subject.generator.state_dict().items():
        assert torch.equal(again.generator.state_dict()[name], tensor), "half precision is kept when saved twice"


def test_weights_are_kept_in_half_precision(tiny, learned, tmp_path):
    torch.manual_seed(5)
    fresh = replace(learned[1], generator=build_generator(tiny))
    save_subject(tmp_path / "fresh", fresh)
    stored = load_file(tmp_path / "fresh" / "generator.safetensors")
    for name, tensor in fresh.generator.state_dict().items():
        assert stored[name].dtype == torch.float16
        assert torch.allclose(stored[name].float(), tensor, rtol=1e-3, atol=1e-6)


def test_a_subject_is_complete_without_its_training_folder(folder):
    files = ["exemplars.npz", "background.png", "generator.safetensors", "preview.png", "subject.json"]
    assert sorted(os.listdir(folder)) == sorted(files)
    assert load_subject(folder).size == (96, 160)


@pytest.mark.parametrize("name", ["missing", "x" * 5000, "a\0b"])
def test_what_is_no_folder_is_refused(tmp_path, name):
    refused(tmp_path / name, "is no folder; expected a subject, as `motion-transfer train` makes it")


def test_a_folder_of_something_else_is_refused_and_one_of_interrupted_training_says_how_to_go_on(tmp_path):
    refused(tmp_path, "has no subject.json; expected a folder made by")
    (tmp_path / "training").mkdir()
    refused(tmp_path, "training was interrupted: run the same `motion-transfer train` again")


@pytest.mark.parametrize("name", ["generator.safetensors", "background.png", "exemplars.npz"])
@pytest.mark.parametrize("harm", ["missing", "empty", "cut"])
def test_a_lost_or_damaged_file_is_named_and_nothing_else_is_printed(folder, name, harm, capfd):
    path = folder / name
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:200] if harm == "cut" else b"")
    refused(folder, f"{name} (is missing|is damaged|does not exist).* Copy the subject's folder again, or train again")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "\xff", '{"canvas": [64, 64]}'])
def test_a_damaged_description_is_refused(folder, text):
    (folder / "subject.json").write_bytes(text.encode("latin-1"))
    refused(folder, r"subject\.json is (damaged|not valid JSON|not UTF-8).* train again")


@pytest.mark.parametrize("version", [0, 10, 12, 99])
def test_another_version_is_refused_with_what_to_do(folder, version):
    edit(folder, format=version)
    remedy = "Update motion_transfer" if version > 11 else "Train the subject again"
    refused(folder, f"is a subject of format {version}; this version reads format 11. {remedy}")


LARGEST = {"network": "global", "exemplars": 0, "width": 256}
HARM = {
    "no body": {"body": None},
    "a body without height": {"body": {"close": 1}},
    "a body that is a list": {"body": [1, 2]},
    "no canvas": {"canvas": None},
    "a canvas of three sides": {"canvas": [64, 96, 3]},
    "a canvas of words": {"canvas": ["a", "b"]},
    "a canvas of odd sides": {"canvas": [60, 97]},
    "a canvas of fractions": {"canvas": [64.0, 96.0]},
    "no format": {"format": None},
    "a format in words": {"format": "8"},
    "a canvas below nothing": {"canvas": [-64, 96]},
    "no pipeline": {"pipeline": None},
    "a pipeline that is a list": {"pipeline": [1]},
    "an unknown setting": {"pipeline": {"pose": {"windw": 7}}},
    "a canvas beyond any memory": {"canvas": [32 * 10**9, 64]},
    "a canvas of a square kilometre": {"canvas": [16384, 16384]},
    "a canvas of thousands of digits": {"canvas": [10**4000, 64]},
    "a canvas of nulls": {"canvas": [None, None]},
    "numbers that are none": {"body": {"close": None}},
    "a record that is a list": {"footage": []},
    "a network beyond any memory": {"pipeline": {"model": LARGEST | {"downsamplings": 5, "blocks": 32}}},
    "an infinite setting": {"pipeline": {"draw": {"limb_width": 10**400}}},
    "a setting out of range": {"pipeline": {"model": {"width": 100000}}},
}


@pytest.mark.parametrize("harm", HARM)
def test_a_description_that_cannot_be_true_is_refused(folder, harm):
    edit(folder, **HARM[harm])
    refused(
        folder, r"subject\.json is damaged: (?!.*subject\.json).*[^.]\. Copy the subject's folder again, or train again"
    )


@pytest.mark.parametrize("place", ["close", "size", "bones"])
def test_a_body_without_bounds_is_refused(folder, place):
    path = folder / "subject.json"
    description = json.loads(path.read_text())
    description["body"][place] = {"close": "X", "size": ["X", 160], "bones": {"legs": "X"}}[place]
    path.write_text(json.dumps(description).replace('"X"', "1e999"))  # JSON's number that becomes infinite
    refused(folder, r"subject\.json is damaged: .*(inf|expected)")


def test_a_network_that_does_not_fit_its_weights_is_never_allocated(folder):
    """Its convolutions would take 2 GB."""
    description = json.loads((folder / "subject.json").read_text())
    description["pipeline"]["model"] |= LARGEST | {"downsamplings": 3, "blocks": 6}
    edit(folder, pipeline=description["pipeline"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(folder, "does not fit its subject.json: tensor")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_a_long_list_of_tensors_is_never_read(folder):
    header = json.dumps({f"{n:01000}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(4_000)})
    (folder / "generator.safetensors").write_bytes(len(header).to_bytes(8, "little") + header.encode())
    refused(folder, "its header is longer than 4,000,000 bytes")


def first_of(weights):
    return weights[min(weights)]


def other_network(weights):
    model = ModelSettings(size=64, width=8, candidates=3, base="none")
    return build_generator(Pipeline(model=model)).state_dict()


WEIGHTS = {
    "not a number": (lambda w: first_of(w).view(-1)[-1:].fill_(math.nan), "numbers that are not finite"),
    "infinite": (lambda w: first_of(w).view(-1)[-1:].fill_(math.inf), "numbers that are not finite"),
    "of an unusual type": (lambda w: w | {min(w): first_of(w).to(torch.float8_e4m3fn)}, "numbers of type F8_E4M3"),
    "of another network": (other_network, "does not fit its subject.json: tensor .* is .*; expected"),
    "one too few": (lambda w: w.popitem(), "does not fit its subject.json"),
    "one too many": (lambda w: w | {"extra": torch.zeros(3)}, "does not fit its subject.json"),
}
"""What is changed, in place or in a new dictionary, and what is said of it."""


@pytest.mark.parametrize("harm", WEIGHTS)
def test_weights_that_are_not_the_networks_own_are_refused(folder, harm):
    change, says = WEIGHTS[harm]
    weights = load_file(folder / "generator.safetensors")
    changed = change(weights)
    save_file(changed if isinstance(changed, dict) else weights, folder / "generator.safetensors")
    refused(folder, says)


@pytest.mark.parametrize("name", ["subject.json", "generator.safetensors", "background.png", "exemplars.npz"])
def test_a_pipe_in_the_place_of_a_file_is_refused_without_waiting(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(folder, f"{name} is a named pipe")


def test_a_folder_whose_name_is_not_utf_8_is_read(folder):
    strange = folder.rename(folder.with_name(os.fsdecode(b"me\xff")))
    assert load_subject(strange).size == (96, 160)


def test_files_of_two_subjects_are_told_apart(folder, learned):
    body = learned[1].body.to_dict() | {"size": [640, 480]}
    edit(folder, body=body)
    refused(folder, "is 96 x 160 pixels, but subject.json says 640 x 480")


@pytest.mark.parametrize("disguise", ["pickle", "torch.save"])
def test_a_pickle_in_the_place_of_the_weights_is_never_executed(folder, tmp_path, disguise):
    sprung = tmp_path / "sprung"
    with (folder / "generator.safetensors").open("wb") as file:
        if disguise == "pickle":
            pickle.dump(Trap(sprung), file)
        else:
            torch.save({"network.1.weight": Trap(sprung)}, file)
    refused(folder, "is damaged")
    assert not sprung.exists()


def test_settings_can_be_read_without_the_weights(folder, tiny):
    (folder / "generator.safetensors").unlink()
    assert read_pipeline(folder) == tiny


def test_a_subject_without_its_description_is_not_complete_while_it_is_written(learned, tmp_path, monkeypatch):
    """`subject.json` comes last: interrupted anywhere before, the folder is no subject."""
    from motion_transfer import subject as module

    def fail(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.cv2, "imencode", fail)
    with pytest.raises(KeyboardInterrupt):
        save_subject(tmp_path / "half", learned[1])
    refused(tmp_path / "half", r"has no subject\.json")


def test_the_samples_subject_is_read_and_knows_the_lengths_of_her_bones():
    folder = Path(__file__).parents[1] / "samples" / "subjects" / "amara"
    subject = load_subject(folder)
    stored = load_file(folder / "generator.safetensors")
    assert torch.equal(subject.generator.network.out.weight, stored["network.out.weight"].float())
    assert subject.body.bones.keys() >= {"trunk", "legs", "upper_arm", "forearm"}


@pytest.mark.parametrize(
    "changes",
    [
        {"candidates": 2, "crop": "person"},
        {"network": "local", "upsampling_kernel": 3, "composite": False, "pose_range": "0..1"},
        {"network": "unet", "downsamplings": 3, "temporal": False},
        {"network": "global", "face": True, "hands": True, "face_width": 2, "face_blocks": 1, "face_size": 32},
    ],
    ids=["compositor", "local", "unet", "face and hands"],
)
def test_every_kind_of_generator_comes_back_with_its_settings(learned, tmp_path, changes):
    subject = learned[1]
    if "network" in changes:
        subject = replace(subject, pipeline=drawing(subject.pipeline), exemplars=None)
    pipeline = replace(subject.pipeline, model=replace(subject.pipeline.model, **changes))
    torch.manual_seed(7)
    generator = build_generator(pipeline).eval()
    save_subject(tmp_path / "copy", replace(subject, pipeline=pipeline, generator=generator))
    again = load_subject(tmp_path / "copy")
    assert again.pipeline == pipeline
    images = [*torch.rand(3, 1, 3, 64, 64), torch.rand(1, 2, 5, 64, 64)]
    with torch.no_grad():
        assert torch.allclose(again.generator(*images).frame, generator(*images).frame, atol=0.01)
    assert (again.exemplars is None) == (subject.exemplars is None)
    assert (again.generator.face is None) == (generator.face is None)
    assert (again.generator.hands is None) == (generator.hands is None)
