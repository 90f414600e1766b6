"""The multi-scale PatchGAN."""

import pytest
import torch

from motion_transfer.models.discriminator import MultiScaleDiscriminator


def scores(*, layers=3, scales=2, width=4, size=(64, 96), batch=1):
    torch.manual_seed(0)
    network = MultiScaleDiscriminator(12, width=width, layers=layers, scales=scales)
    return network(torch.rand(batch, 12, *size))


@pytest.mark.parametrize("scales", [1, 2, 3])
@pytest.mark.parametrize("layers", [1, 3])
def test_every_scale_shows_the_features_of_each_layer_and_then_its_score(layers, scales):
    outputs = scores(layers=layers, scales=scales, batch=2)
    assert len(outputs) == scales
    for features in outputs:
        assert len(features) == layers + 2
        assert features[-1].shape[:2] == (2, 1)
        assert [feature.shape[1] for feature in features[:-1]] == [4 * 2**i for i in range(layers + 1)]


def test_a_score_is_a_map_of_patches_and_each_scale_sees_half_as_many():
    fine, coarse = (features[-1] for features in scores())
    assert fine.shape[2] > 4
    assert fine.shape[2] / coarse.shape[2] == pytest.approx(2, rel=0.35)


def test_a_patch_depends_on_its_surroundings_only():
    """Instance normalisation aside, a change in one corner does not reach the opposite one."""
    torch.manual_seed(0)
    network = MultiScaleDiscriminator(12, width=4, layers=2, scales=1)
    for module in network.modules():
        if isinstance(module, torch.nn.InstanceNorm2d):
            module.forward = lambda x: x
    image = torch.rand(1, 12, 64, 64)
    changed = image.clone()
    changed[..., :8, :8] += 1
    difference = (network(image)[0][-1] - network(changed)[0][-1]).abs()[0, 0]
    assert difference[0, 0] > 0
    assert difference[-1, -1] == 0


def test_features_widen_to_eight_times_the_first_layer_at_most():
    features = scores(layers=5, scales=1, size=(256, 256))[0]
    assert [feature.shape[1] for feature in features] == [4, 8, 16, 32, 32, 32, 1]


def receptive_field(layers):
    """Side of what a score depends on, by the formula: from the last layer back, r = (r - 1) stride + kernel."""
    side = 1
    for stride in [1, 1, *[2] * layers]:
        side = (side - 1) * stride + 4
    return side


@pytest.mark.parametrize(("layers", "side"), [(1, 16), (2, 34), (3, 70), (4, 142)])
def test_three_layers_are_the_patchgan_of_70_x_70_pixels(layers, side):
    """By the formula, and by where the gradient of one score reaches: pix2pix, section 6.1.2."""
    assert receptive_field(layers) == side
    torch.manual_seed(0)
    network = MultiScaleDiscriminator(6, width=4, layers=layers, scales=1)
    for module in network.modules():
        if isinstance(module, torch.nn.InstanceNorm2d):
            module.forward = lambda x: x
    image = torch.rand(1, 6, 192, 192, requires_grad=True)
    score = network(image)[0][-1]
    middle = score.shape[2] // 2
    score[0, 0, middle, middle].backward()
    reached = image.grad.abs().sum(dim=(0, 1)) > 0
    assert reached.any(dim=0).sum() == reached.any(dim=1).sum() == side


def test_gradient_reaches_every_weight_and_every_pixel():
    torch.manual_seed(0)
    network = MultiScaleDiscriminator(12, width=4, layers=3, scales=2)
    image = torch.rand(1, 12, 64, 96, requires_grad=True)
    sum((features[-1] - 1).square().mean() for features in network(image)).backward()
    assert (image.grad != 0).all()
    assert all(p.grad.abs().max() > 0 for name, p in network.named_parameters() if name.endswith("weight"))
