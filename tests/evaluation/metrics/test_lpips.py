"""LPIPS, by networks of the published shapes with random weights."""

import cv2
import pytest
import torch

from motion_transfer.cli import main
from motion_transfer.errors import CheckpointError
from motion_transfer.evaluation.metrics.lpips import COMPARED, Lpips
from tests.drawn_world import texture

SHAPES = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}


@pytest.fixture(scope="module")
def alexnet(tmp_path_factory):
    """A file such as torchvision publishes, the classifier's weights with it."""
    weights, generator = {"classifier.1.weight": torch.zeros(4, 4)}, torch.Generator().manual_seed(0)
    for place, (out, channels, side) in SHAPES.items():
        noise = torch.randn(out, channels, side, side, generator=generator)
        weights[f"features.{place}.weight"] = noise * (2 / (channels * side * side)) ** 0.5
        weights[f"features.{place}.bias"] = torch.zeros(out)
    path = tmp_path_factory.mktemp("weights") / "alexnet.pth"
    torch.save(weights, path)
    return path


IMAGE = texture((80, 96), 2)


def distance(lpips, made, true):
    return lpips.distance(lpips.features(made), lpips.features(true))


@pytest.mark.slow
def test_equal_images_have_no_distance_and_blur_a_growing_one(alexnet):
    lpips = Lpips(alexnet)
    assert distance(lpips, IMAGE, IMAGE) == 0
    distances = [distance(lpips, cv2.GaussianBlur(IMAGE, (0, 0), s), IMAGE) for s in (1, 2, 4)]
    assert distances == sorted(distances)
    assert distances[0] > 0


def test_it_is_the_published_sum_of_weighed_differences(alexnet):
    lpips = Lpips(alexnet)
    made, true = torch.rand(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    x, y = ((image - lpips.shift) / lpips.scale for image in (made, true))
    expected = 0.0
    with torch.no_grad():
        for place, layer in enumerate(lpips.network):
            x, y = layer(x), layer(y)
            if place in COMPARED:
                a, b = (each / each.norm(dim=1, keepdim=True) for each in (x, y))
                weight = lpips.weights[COMPARED.index(place)]
                expected += ((a.nan_to_num() - b.nan_to_num()) ** 2 * weight).sum(1).mean()
    assert lpips.distance(lpips(made), lpips(true)) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.slow
def test_of_some_pixels_the_others_count_little(alexnet):
    lpips, half = Lpips(alexnet), torch.zeros(1, 1, 96, 80)
    half[..., :40] = 1
    made = IMAGE.copy()
    made[:, 48:] = 255 - made[:, 48:]
    features = lpips.features(made), lpips.features(IMAGE)
    assert lpips.distance(*features, half) < 0.4 * lpips.distance(*features, 1 - half)
    assert lpips.distance(*features, torch.ones(1, 1, 96, 80)) == pytest.approx(lpips.distance(*features), rel=1e-5)


def test_small_crops_are_measured_too(alexnet):
    assert distance(Lpips(alexnet), IMAGE[:11, :11], IMAGE[20:31, :11]) > 0


def test_layers_weights_of_a_complete_lpips_file_are_taken(alexnet, tmp_path):
    weights = torch.load(alexnet, weights_only=True)
    for layer, channels in enumerate((64, 192, 384, 256, 256)):
        weights[f"lin{layer}.model.1.weight"] = torch.zeros(1, channels, 1, 1)
    torch.save(weights, tmp_path / "complete.pth")
    assert distance(Lpips(str(tmp_path / "complete.pth")), IMAGE, IMAGE[::-1].copy()) == 0


def test_another_network_is_named(tmp_path, dance, capsys):
    torch.save({"features.0.weight": torch.zeros(8, 3, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=r"other\.pth is not AlexNet: .*alexnet-owt"):
        Lpips(tmp_path / "other.pth")
    assert main(["evaluate", str(dance.video), "--lpips", str(tmp_path / "none.pth")]) == 2
    assert "none.pth does not exist" in capsys.readouterr().err
