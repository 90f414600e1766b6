"""Losses by values that are known by hand."""

import math

import pytest
import torch

from motion_transfer.models.discriminator import adversarial_loss, discriminator_loss, feature_matching_loss


def scales(*scores, features=2):
    """Outputs of discriminators, one a scale, that score every patch alike; inner features are zeros."""
    return [
        [*(torch.zeros(1, 4, 3, 3) for _ in range(features)), torch.full((1, 1, 2, 2), float(value))]
        for value in scores
    ]


@pytest.mark.parametrize(("score", "loss"), [(1, 0), (0, 1), (0.5, 0.25), (-1, 4), (2, 1)])
def test_the_generator_wants_to_be_scored_1(score, loss):
    assert adversarial_loss(scales(score)).item() == loss


@pytest.mark.parametrize(("real", "fake", "loss"), [(1, 0, 0), (0, 1, 1), (0.5, 0.5, 0.25), (1, 1, 0.5), (3, 0, 2)])
def test_the_discriminator_wants_1_for_real_and_0_for_generated(real, fake, loss):
    assert discriminator_loss(scales(real), scales(fake)).item() == loss


def test_scales_are_added_up():
    assert adversarial_loss(scales(1, 0, 0)).item() == 2
    assert discriminator_loss(scales(1, 0, 0), scales(0, 1, 1)).item() == 2


def test_equal_features_cost_nothing_whatever_the_score():
    assert feature_matching_loss(scales(1, 1), scales(0, 0)).item() == 0


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("number", [1, 3])
def test_features_that_differ_by_one_everywhere_cost_four_whatever_the_depth(count, number):
    real, fake = scales(*[1] * number, features=count), scales(*[1] * number, features=count)
    fake = [[feature + 1 for feature in features] for features in fake]
    assert feature_matching_loss(real, fake).item() == pytest.approx(4)


def test_feature_matching_teaches_the_generated_side_only():
    real, fake = scales(1), scales(0)
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
    assert adversarial_loss(scales(0), gan).item() == pytest.approx(at_0)
    assert adversarial_loss(scales(1), gan).item() == pytest.approx(at_1)


def test_cross_entropy_is_that_of_torch():
    real, fake = scales(0.7), scales(-0.3)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    expected = (entropy(real[0][-1], ones) + entropy(fake[0][-1], zeros)) / 2
    assert discriminator_loss(real, fake, "cross-entropy").item() == pytest.approx(expected.item())
    assert adversarial_loss(fake, "cross-entropy").item() == pytest.approx(entropy(fake[0][-1], ones).item())


@pytest.mark.parametrize("gan", ["lsgan", "cross-entropy"])
def test_generator_and_discriminator_pull_the_score_of_generated_frames_apart(gan):
    scored = scales(0.2)
    scored[0][-1].requires_grad_(True)
    (wanted,) = torch.autograd.grad(adversarial_loss(scored, gan), scored[0][-1])
    (fought,) = torch.autograd.grad(discriminator_loss(scales(0.2), scored, gan), scored[0][-1])
    assert (wanted < 0).all()
    assert (fought > 0).all()
