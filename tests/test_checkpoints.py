"""Weights from elsewhere: read whole, and never run."""

import os
import pickle
from collections import OrderedDict

import pytest
import torch

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.errors import CheckpointError

WEIGHTS = OrderedDict({"model.1.weight": torch.arange(6.0).reshape(2, 3), "model.1.bias": torch.ones(2).half()})


class Trap:
    """Somebody else's code, which runs when its pickle is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def refused(path, match):
    with pytest.raises(CheckpointError, match=match) as refusal:
        read_state_dict(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("zipped", [True, False], ids=["new format", "old format"])
def test_a_state_dictionary_comes_back_as_it_was_saved(tmp_path, zipped):
    torch.save(WEIGHTS, tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    found = read_state_dict(tmp_path / "net.pth")
    assert list(found) == list(WEIGHTS)
    for name, tensor in WEIGHTS.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


@pytest.mark.parametrize("zipped", [True, False], ids=["new format", "old format"])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.95])
def test_a_truncated_file_is_said_to_be_damaged(tmp_path, share, zipped):
    path = tmp_path / "net.pth"
    torch.save(WEIGHTS, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    refused(path, "is damaged, or no file of weights")


def test_wherever_a_pickle_of_the_old_format_is_cut_it_is_said_to_be_damaged(tmp_path):
    """Also within a name: "torch.FloatSt" is no code that somebody hid there."""
    path = tmp_path / "net.pth"
    torch.save(WEIGHTS, path, _use_new_zipfile_serialization=False)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(path, "is damaged, or no file of weights")


@pytest.mark.parametrize("disguise", ["torch.save", "old torch.save", "pickle", "old pickle"])
def test_a_pickle_with_code_in_it_is_refused_and_never_run(tmp_path, disguise):
    path, sprung = tmp_path / "net.pth", tmp_path / "sprung"
    content = {"model.1.weight": Trap(sprung)}
    if disguise.endswith("pickle"):
        path.write_bytes(pickle.dumps(content, protocol=2 if disguise == "old pickle" else 5))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=disguise == "torch.save")
    refused(path, r"is refused: it (asks for \S*open|holds more than tensors), .* could run any code")
    assert not sprung.exists()


def test_a_whole_network_is_refused_by_the_name_of_its_class(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "net.pth")
    refused(tmp_path / "net.pth", r"asks for torch\.nn\.modules\.linear\.Linear")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([torch.ones(2)], "holds a list; expected a state dictionary"),
        ({}, "holds an empty dict"),
        ({"state_dict": dict(WEIGHTS)}, "holds a dict under 'state_dict'"),
        ({"epoch": 3}, "holds a int under 'epoch'"),
        ({1: torch.ones(2)}, "under 1"),
        ({"model.1.weight": torch.ones(2, dtype=torch.int64)}, "holds a tensor of int64 under 'model.1.weight'"),
    ],
)
def test_what_is_no_state_dictionary_is_called_what_it_is(tmp_path, content, says):
    torch.save(content, tmp_path / "net.pth")
    refused(tmp_path / "net.pth", says)


@pytest.mark.parametrize(
    "content", [b"hello world\n" * 20, b"\x89PNG\r\n\x1a\n" + bytes(99), b"PK\x03\x04" + bytes(99)]
)
def test_another_kind_of_file_is_no_file_of_weights(tmp_path, content):
    (tmp_path / "net.pth").write_bytes(content)
    refused(tmp_path / "net.pth", "is damaged, or no file of weights")


def test_a_file_that_cannot_be_opened_says_why(tmp_path, unprivileged):
    refused(tmp_path / "none.pth", r"cannot be opened \(No such file or directory\)")
    refused(tmp_path, r"cannot be opened \(Is a directory\)")
    secret = tmp_path / "secret.pth"
    torch.save(dict(WEIGHTS), secret)
    secret.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    with unprivileged():
        refused(secret, r"cannot be opened \(Permission denied\)")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"a": (2, 3), "b": (4,)}, None),
        ({"a": (2, 4), "b": (5,)}, r"tensor a is (2, 4); expected (2, 3)"),
        ({"b": (4,)}, r"tensor a is missing; expected (2, 3)"),
        ({"a": (2, 3), "b": (4,), "c": ()}, r"tensor c is (); expected none"),
    ],
)
def test_the_first_tensor_that_does_not_fit_is_named_with_both_shapes(found, says):
    expected = {"a": torch.zeros(2, 3), "b": torch.zeros(4)}
    assert first_misfit({name: torch.zeros(shape) for name, shape in found.items()}, expected) == says
