"""The perceptual loss, with VGG-19's weights or without, and which of them a run uses."""

import hashlib
from dataclasses import replace

import pytest
import torch

from motion_transfer.errors import CheckpointError
from motion_transfer.models.efficientnet import FeatureDistance
from motion_transfer.models.perceptual import PerceptualLoss, StructuralLoss, vgg_layers
from motion_transfer.training import perceptual
from motion_transfer.training.loop import train_networks
from motion_transfer.training.perceptual import EFFICIENTNET, STRUCTURE, VGG, perceptual_loss
from tests.trained import CPU, with_train


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "motion-transfer"


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
    monkeypatch.setattr(perceptual, "URL", file.as_uri())
    monkeypatch.setattr(perceptual, "HASH_PREFIX", hashlib.sha256(file.read_bytes()).hexdigest()[:8])
    return file


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr(perceptual, "URL", "http://127.0.0.1:9/vgg19-dcbb9e9d.pth")


def with_vgg(pipeline, vgg=""):
    return with_train(pipeline, perceptual_weight=10.0, vgg=vgg)


def test_a_given_file_is_used(file, tiny):
    name, loss = perceptual_loss(with_vgg(tiny, str(file)))
    assert (name, type(loss)) == (VGG, PerceptualLoss)
    assert torch.equal(loss.features[0].weight, torch.load(file, weights_only=True)["features.0.weight"])


def test_without_a_file_it_is_downloaded_once(published, cache, tiny, caplog):
    assert perceptual_loss(with_vgg(tiny))[0] == VGG
    published.rename(published.with_suffix(".away"))
    try:
        assert perceptual_loss(with_vgg(tiny))[0] == VGG
    finally:
        published.with_suffix(".away").rename(published)
    assert (cache / "vgg19-dcbb9e9d.pth").is_file()
    assert not caplog.records


def test_a_file_that_was_damaged_in_the_cache_is_downloaded_again(published, cache, tiny):
    cache.mkdir(parents=True)
    (cache / "vgg19-dcbb9e9d.pth").write_bytes(b"half of it")
    assert perceptual_loss(with_vgg(tiny))[0] == VGG
    assert (cache / "vgg19-dcbb9e9d.pth").read_bytes() == published.read_bytes()


@pytest.mark.parametrize("trouble", ["offline", "another file", "no folder"])
def test_where_the_weights_cannot_be_had_a_warning_says_so_and_structure_replaces_them(
    published, cache, tiny, monkeypatch, caplog, trouble
):
    if trouble == "offline":
        monkeypatch.setattr(perceptual, "URL", "http://127.0.0.1:9/vgg19-dcbb9e9d.pth")
    elif trouble == "another file":
        monkeypatch.setattr(perceptual, "HASH_PREFIX", "dcbb9e9d")
    else:
        cache.parent.write_text("a file")
    name, loss = perceptual_loss(with_vgg(tiny))
    assert (name, type(loss)) == (STRUCTURE, StructuralLoss)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "MS-SSIM + L1 replace the perceptual loss" in line
    assert "`train.vgg`" in line
    assert "\n" not in line
    assert not list(cache.glob("*")), "nothing of it is kept"


def test_a_given_file_of_another_network_is_refused_by_its_first_tensor(file, tiny, tmp_path):
    weights = torch.load(file, weights_only=True)
    weights["features.10.weight"] = torch.zeros(256, 128, 1, 1)
    torch.save(weights, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=r"other\.pth is no VGG-19: tensor features\.10\.weight is \(256, 128, 1"):
        perceptual_loss(with_vgg(tiny, str(tmp_path / "other.pth")))


def test_a_run_that_began_without_the_weights_goes_on_without_them(
    published, preprocessed, tiny, tmp_path, monkeypatch, caplog
):
    url = perceptual.URL
    monkeypatch.setattr(perceptual, "URL", "http://127.0.0.1:9/vgg19-dcbb9e9d.pth")
    assert train_networks(preprocessed, tmp_path, with_train(with_vgg(tiny), steps=1), CPU).perceptual == STRUCTURE
    monkeypatch.setattr(perceptual, "URL", url)
    assert train_networks(preprocessed, tmp_path, with_train(with_vgg(tiny), steps=2), CPU).perceptual == STRUCTURE


def test_a_run_that_began_with_the_weights_is_not_resumed_without_them(tiny, offline):
    with pytest.raises(
        CheckpointError, match=r"started with VGG-19's perceptual loss.*cannot be downloaded.*`train\.vgg`"
    ):
        perceptual_loss(with_vgg(tiny), recorded=VGG)


def test_efficientnet_needs_no_file_and_no_network(preprocessed, tiny, tmp_path, offline, caplog):
    pipeline = with_train(tiny, perceptual_weight=0.1, perceptual="efficientnet", steps=1)
    name, loss = perceptual_loss(pipeline)
    assert (name, type(loss)) == (EFFICIENTNET, FeatureDistance)
    state = train_networks(preprocessed, tmp_path, pipeline, CPU)
    assert state.perceptual == EFFICIENTNET
    assert 0 < state.losses["perceptual"] < 20
    assert not caplog.records


def test_a_pipeline_that_weighs_it_with_zero_needs_no_weights(tiny, offline, caplog):
    assert perceptual_loss(replace(tiny, train=replace(tiny.train, perceptual_weight=0.0, vgg="")))[0] == "none"
    assert not caplog.records


def test_the_published_address_names_the_digest_that_is_checked():
    assert perceptual.URL == "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
    assert perceptual.HASH_PREFIX in perceptual.URL
