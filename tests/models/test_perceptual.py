"""How different images look."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from motion_transfer.models.perceptual import PerceptualLoss, StructuralLoss, vgg_layers


@pytest.fixture(scope="module")
def weights():
    """Weights as they are published, but drawn by lot, with what VGG-19 has beyond the layers that are used."""
    torch.manual_seed(0)
    weights = {f"features.{name}": tensor for name, tensor in vgg_layers().state_dict().items()}
    return {**weights, "features.30.weight": torch.zeros(512, 512, 3, 3), "classifier.0.bias": torch.zeros(4096)}


@pytest.fixture(scope="module")
def perceptual(weights):
    return PerceptualLoss(weights)


def image(seed=1, side=32, batch=1):
    return torch.rand(batch, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_the_layers_are_vgg_19s_with_the_published_numbers():
    """Configuration E of the paper, table 1; torchvision's numbering counts activations and poolings too."""
    convolutions = {name: tuple(t.shape) for name, t in vgg_layers().state_dict().items() if name.endswith("weight")}
    expected = {0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128), 10: (256, 128)}
    expected |= dict.fromkeys((12, 14, 16), (256, 256)) | {19: (512, 256)} | dict.fromkeys((21, 23, 25, 28), (512, 512))
    assert convolutions == {f"{place}.weight": (*widths, 3, 3) for place, widths in expected.items()}


def test_the_loss_is_the_papers_sum(weights, perceptual):
    """Written out: five ReLUs, five weights, ImageNet's mean and deviation."""
    fake, real = image(1), image(2)
    mean, deviation = (torch.tensor(v)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    x, y = (((picture / 2 + 0.5) - mean) / deviation for picture in (fake, real))
    expected, place = 0.0, 0
    for group, (count, share) in enumerate([(2, 1 / 32), (2, 1 / 16), (4, 1 / 8), (4, 1 / 4), (1, 1)]):
        if group:
            x, y, place = functional.max_pool2d(x, 2), functional.max_pool2d(y, 2), place + 1
        for number in range(count):
            kernel, bias = weights[f"features.{place}.weight"], weights[f"features.{place}.bias"]
            x, y = (functional.relu(functional.conv2d(picture, kernel, bias, padding=1)) for picture in (x, y))
            place += 2
            if number == 0:
                expected += share * (x - y).abs().mean().item()
    assert perceptual(fake, real).item() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", ["perceptual", "structural"])
def test_equal_images_cost_nothing_and_the_gradient_reaches_every_pixel_of_the_generated_one(kind, perceptual):
    loss = perceptual if kind == "perceptual" else StructuralLoss()
    fake, real = image(1, batch=2).requires_grad_(True), image(2, batch=2).requires_grad_(True)
    assert loss(real, real).item() == pytest.approx(0, abs=1e-6)
    value = loss(fake, real)
    value.backward()
    assert value > 0
    assert (fake.grad != 0).all()
    assert real.grad is None


def test_vgg_does_not_learn(perceptual):
    assert not any(parameter.requires_grad for parameter in perceptual.parameters())
    assert not list(perceptual.features.buffers())


@pytest.mark.parametrize("harm", ["missing", "another shape"])
def test_weights_that_are_not_vggs_are_refused(weights, harm):
    name = "features.12.weight"
    others = {key: tensor for key, tensor in weights.items() if key != name}
    if harm == "another shape":
        others[name] = torch.zeros(1)
    with pytest.raises((KeyError, RuntimeError), match=r"12\.weight"):
        PerceptualLoss(others)


@settings(max_examples=15)
@given(st.integers(11, 120), st.integers(11, 120), st.integers(1, 2))
def test_structure_can_be_compared_at_every_size(height, width, batch):
    fake = torch.rand(batch, 3, height, width).requires_grad_(True)
    loss = StructuralLoss()(fake, torch.rand(batch, 3, height, width))
    loss.backward()
    assert 0 < loss < 1
    assert torch.isfinite(fake.grad).all()


def test_structure_is_lost_more_by_blur_than_by_a_change_of_brightness():
    loss = StructuralLoss()
    real = image(3, side=64) * 0.8
    blurred = functional.avg_pool2d(functional.pad(real, (1, 1, 1, 1), mode="reflect"), 3, stride=1)
    assert loss(real + 0.1, real) < loss(blurred, real)


def test_images_that_run_against_each_other_give_a_finite_loss():
    fake = image(4, side=64).requires_grad_(True)
    loss = StructuralLoss()(fake, -fake.detach())
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(fake.grad).all()
