"""The multi-scale PatchGAN, and losses by values that are known by hand."""

import math

import pytest
import torch

from motion_transfer.models.discriminator import (
    MultiScaleDiscriminator,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
)


def scores(*, layers=3, scales=2, width=4, size=(64, 96), batch=1):
    torch.manual_seed(0)
    network = MultiScaleDiscriminator(12, width=width, layers=layers, scales=scales)
    return network(torch.rand(batch, 12, *size))


def without_norms(channels, layers):
    torch.manual_seed(0)
    network = MultiScaleDiscriminator(channels, width=4, layers=layers, scales=1)
    for module in network.modules():
        if isinstance(module, torch.nn.InstanceNorm2d):
            module.forward = lambda x: x
    return network


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
    network = without_norms(12, layers=2)
    image = torch.rand(1, 12, 64, 64)
    changed = image.clone()
    changed[..., :8, :8] += 1
    difference = (network(image)[0][-1] - network(changed)[0][-1]).abs()[0, 0]
    assert difference[0, 0] > 0
    assert difference[-1, -1] == 0


def test_features_widen_to_eight_times_the_first_layer_at_most():
    features = scores(layers=5, scales=1, size=(256, 256))[0]
    assert [feature.shape[1] for feature in features] == [4, 8, 16, 32, 32, 32, 1]


@pytest.mark.parametrize(("layers", "side"), [(1, 16), (2, 34), (3, 70), (4, 142)])
def test_three_layers_are_the_patchgan_of_70_x_70_pixels(layers, side):
    """Pix2pix, section 6.1.2, by where a score's gradient reaches."""
    network = without_norms(6, layers)
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


def scored(*scores, features=2):
    """Outputs of discriminators, one a scale, that score every patch alike; inner features are zeros."""
    return [
        [*(torch.zeros(1, 4, 3, 3) for _ in range(features)), torch.full((1, 1, 2, 2), float(value))]
        for value in scores
    ]


@pytest.mark.parametrize(("score", "loss"), [(1, 0), (0, 1), (0.5, 0.25), (-1, 4), (2, 1)])
def test_the_generator_wants_to_be_scored_1(score, loss):
    assert adversarial_loss(scored(score)).item() == loss


@pytest.mark.parametrize(("real", "fake", "loss"), [(1, 0, 0), (0, 1, 1), (0.5, 0.5, 0.25), (1, 1, 0.5), (3, 0, 2)])
def test_the_discriminator_wants_1_for_real_and_0_for_generated(real, fake, loss):
    assert discriminator_loss(scored(real), scored(fake)).item() == loss


def test_scales_are_added_up():
    assert adversarial_loss(scored(1, 0, 0)).item() == 2
    assert discriminator_loss(scored(1, 0, 0), scored(0, 1, 1)).item() == 2


def test_equal_features_cost_nothing_whatever_the_score():
    assert feature_matching_loss(scored(1, 1), scored(0, 0)).item() == 0


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("number", [1, 3])
def test_features_that_differ_by_one_everywhere_cost_four_whatever_the_depth(count, number):
    real, fake = scored(*[1] * number, features=count), scored(*[1] * number, features=count)
    fake = [[feature + 1 for feature in features] for features in fake]
    assert feature_matching_loss(real, fake).item() == pytest.approx(4)


def test_feature_matching_teaches_the_generated_side_only():
    real, fake = scored(1), scored(0)
    for feature in (*real[0], *fake[0]):
        feature.requires_grad_(True)
    fake[0][0] = fake[0][0] + 1
    fake[0][0].retain_grad()
    feature_matching_loss(real, fake).backward()
    assert real[0][0].grad is None
    assert fake[0][0].grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("gan", "at_0", "at_1"), [("lsgan", 1, 0), ("cross-entropy", math.log(2), math.log(1 + 1 / math.e))]
)
def test_each_kind_of_gan_asks_the_generator_for_what_its_paper_says(gan, at_0, at_1):
    assert adversarial_loss(scored(0), gan).item() == pytest.approx(at_0)
    assert adversarial_loss(scored(1), gan).item() == pytest.approx(at_1)


def test_cross_entropy_is_that_of_torch():
    real, fake = scored(0.7), scored(-0.3)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    expected = (entropy(real[0][-1], ones) + entropy(fake[0][-1], zeros)) / 2
    assert discriminator_loss(real, fake, "cross-entropy").item() == pytest.approx(expected.item())
    assert adversarial_loss(fake, "cross-entropy").item() == pytest.approx(entropy(fake[0][-1], ones).item())


@pytest.mark.parametrize("gan", ["lsgan", "cross-entropy"])
def test_generator_and_discriminator_pull_the_score_of_generated_frames_apart(gan):
    fake = scored(0.2)
    fake[0][-1].requires_grad_(True)
    (wanted,) = torch.autograd.grad(adversarial_loss(fake, gan), fake[0][-1])
    (fought,) = torch.autograd.grad(discriminator_loss(scored(0.2), fake, gan), fake[0][-1])
    assert (wanted < 0).all()
    assert (fought > 0).all()
