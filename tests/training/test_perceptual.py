"""The perceptual loss, with VGG-19's weights or without."""

import hashlib

import pytest
import torch

from motion_transfer.errors import CheckpointError
from motion_transfer.models import PerceptualLoss, StructuralLoss, vgg_layers
from motion_transfer.training import perceptual as vgg
from motion_transfer.training.perceptual import perceptual_loss


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file as it is published, with other weights, and with a layer that is not used."""
    torch.manual_seed(0)
    weights = {f"features.{name}": tensor for name, tensor in vgg_layers().state_dict().items()}
    path = tmp_path_factory.mktemp("vgg") / "vgg19-dcbb9e9d.pth"
    torch.save(weights | {"classifier.6.bias": torch.zeros(1000)}, path)
    return path


@pytest.fixture
def published(file, monkeypatch):
    """The file, as if it were the one that is published."""
    monkeypatch.setattr(vgg, "URL", file.as_uri())
    monkeypatch.setattr(vgg, "SHA256", hashlib.sha256(file.read_bytes()).hexdigest()[:8])
    return file


def test_a_given_file_is_used(file):
    loss = perceptual_loss(str(file))
    assert isinstance(loss, PerceptualLoss)
    assert torch.equal(loss.features[0].weight, torch.load(file, weights_only=True)["features.0.weight"])


def test_without_a_file_it_is_downloaded_once(published, cache, caplog):
    assert isinstance(perceptual_loss(), PerceptualLoss)
    published.rename(published.with_suffix(".away"))
    try:
        assert isinstance(perceptual_loss(), PerceptualLoss)
    finally:
        published.with_suffix(".away").rename(published)
    assert (cache / "motion_transfer" / "vgg19-dcbb9e9d.pth").is_file()
    assert not caplog.records


@pytest.mark.parametrize("trouble", ["offline", "another file"])
def test_offline_one_line_says_so_and_structure_takes_its_place(published, monkeypatch, caplog, trouble):
    if trouble == "offline":
        monkeypatch.setattr(vgg, "URL", "http://127.0.0.1:9/vgg19-dcbb9e9d.pth")
    else:
        monkeypatch.setattr(vgg, "SHA256", "dcbb9e9d")
    assert isinstance(perceptual_loss(), StructuralLoss)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "MS-SSIM + L1 take the perceptual loss's place" in line
    assert "--train.vgg" in line
    assert "\n" not in line


def test_a_given_file_of_another_network_is_refused_by_its_first_tensor(file, tmp_path):
    weights = torch.load(file, weights_only=True)
    weights["features.10.weight"] = torch.zeros(256, 128, 1, 1)
    torch.save(weights, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=r"other\.pth is no VGG-19: tensor features\.10\.weight is \(256, 128, 1"):
        perceptual_loss(str(tmp_path / "other.pth"))


def test_the_published_address_names_the_digest_that_is_checked():
    assert vgg.URL == "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
    assert vgg.SHA256 in vgg.URL
