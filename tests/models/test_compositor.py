"""The compositor: what it decides, and what its decisions make of candidates at any resolution."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from motion_transfer.models.compositor import (
    Compositor,
    Decisions,
    compose,
    crop_decisions,
    move_frames,
    scale_decisions,
)
from motion_transfer.models.generator import Generator

HEIGHT, WIDTH = 32, 48
seeds = st.integers(0, 2**31)


def randomness(seed):
    return torch.Generator().manual_seed(seed)


def given_to(count, seed=0, batch=1):
    """Pose, previous frame, plate, and candidates whose colours are multiplied by their opacity."""
    random = randomness(seed)
    images = [torch.rand(batch, 3, HEIGHT, WIDTH, generator=random) * 2 - 1 for _ in range(3)]
    candidates = torch.rand(batch, count, 5, HEIGHT, WIDTH, generator=random)
    candidates[:, :, [0, 1, 2, 4]] *= candidates[:, :, 3:4]
    return *images, candidates


def trained(count, seed, size=0.3):
    """A compositor with weights that matter."""
    network = Compositor(count, width=4)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=randomness(seed)) * size)
    return network.eval()


def constant(count, seed):
    """The same decisions everywhere."""
    random = randomness(seed)
    values = [torch.rand(1, size, generator=random) for size in (count + 1, 3, 3, 1)]
    weights, tint, fill, opacity = (each[:, :, None, None].expand(-1, -1, HEIGHT, WIDTH) for each in values)
    weights = (weights / weights.sum(dim=1, keepdim=True))[:, :count]
    return Decisions(weights, tint, 2 * fill - 1, opacity)


@given(st.integers(1, 4), seeds)
@settings(max_examples=20)
def test_before_any_training_the_first_candidate_is_the_result(count, seed):
    images = given_to(count, seed)
    with torch.no_grad():
        made = Generator(Compositor(count, width=4), composite=True).eval()(*images)
    colour, opacity = images[3][:, 0, :3], images[3][:, 0, 3:4]
    expected = 2 * colour - opacity + (1 - opacity) * images[2]
    assert (made.frame - expected).abs().max() < 1e-3
    assert torch.allclose(made.mask, opacity, atol=1e-3)


@given(st.integers(1, 4), seeds, st.booleans())
@settings(max_examples=20)
def test_weights_are_shares(count, seed, training):
    decisions = trained(count, seed, size=2.0).train(training)(*given_to(count, seed))
    assert decisions.weights.min() >= 0
    assert decisions.weights.sum(dim=1).max() <= 1 + 1e-5
    made = compose(decisions, *given_to(count, seed)[:1:-1])
    assert made.frame.abs().max() <= 1
    assert 0 <= made.mask.min() <= made.mask.max() <= 1 + 1e-5


@given(st.integers(1, 3), seeds, st.integers(1, 4))
@settings(max_examples=20)
def test_the_same_decisions_everywhere_mean_the_same_at_any_resolution(count, seed, scale):
    _, _, plate, candidates = given_to(count, seed)

    def enlarged(images):
        return interpolate(images, scale_factor=scale)

    decisions = constant(count, seed)
    small = compose(decisions, candidates, plate)
    large = enlarged(candidates[0])[None], enlarged(plate)
    for one, other in zip(small, compose(scale_decisions(decisions, scale), *large), strict=True):
        assert torch.allclose(enlarged(one), other, atol=2e-3)


@given(seeds, st.integers(0, WIDTH - 16), st.integers(0, HEIGHT - 16))
@settings(max_examples=20)
def test_decisions_are_cropped_where_the_images_are(seed, left, top):
    decisions = trained(2, seed)(*given_to(2, seed, batch=2))
    cropped = crop_decisions(decisions, torch.tensor([[left, top], [0, 0]]), (16, 12))
    for whole, part in zip(decisions, cropped, strict=True):
        assert torch.equal(part[0], whole[0, ..., top : top + 12, left : left + 16])
        assert torch.equal(part[1], whole[1, ..., :12, :16])


def test_all_that_is_decided_is_learned_though_it_begins_with_one_candidate():
    torch.manual_seed(0)
    network = Compositor(3, width=4)
    *images, plate, candidates = given_to(3)
    made = compose(network(*images, plate, candidates), candidates, plate)
    (made.frame - plate.flip(3)).square().mean().backward()
    assert (network.out.weight.grad.flatten(1).abs().amax(dim=1) > 0).sum() >= 3 + 1 + 3 + 1
    with torch.no_grad():
        network.out.weight.normal_(std=0.1)
    compose(network(*images, plate, candidates), candidates, plate).frame.square().mean().backward()
    assert [name for name, each in network.named_parameters() if not each.grad.abs().max() > 0] == []


@pytest.mark.parametrize("temporal", [True, False])
def test_only_a_temporal_compositor_sees_the_frame_before(temporal):
    generator = Generator(trained(2, 1), composite=True, temporal=temporal)
    pose, previous, plate, candidates = given_to(2)
    same = torch.equal(*(generator(pose, each, plate, candidates).frame for each in (previous, -previous)))
    assert same != temporal


def test_at_the_border_of_a_persons_window_nothing_is_rendered():
    generator = Generator(trained(2, 1), composite=True, person_crop=True)
    pose, previous, plate, candidates = given_to(2)
    made = generator(pose, previous, plate, torch.zeros_like(candidates))
    assert torch.allclose(made.frame[..., 0, :], plate[..., 0, :], atol=0.05)
    assert made.mask[..., HEIGHT // 2, WIDTH // 2] == made.decisions.opacity[..., HEIGHT // 2, WIDTH // 2] > 0


def test_a_compositor_works_in_mixed_precision():
    generator = Generator(trained(3, 1, size=0.1), composite=True)
    images = given_to(3)
    with torch.autocast("cpu", torch.bfloat16):
        made = generator(*images)
    assert torch.allclose(made.frame.float(), generator(*images).frame, atol=0.1)


@given(seeds)
@settings(max_examples=10)
def test_frames_that_do_not_move_stay_as_they_are_and_beyond_them_is_what_lies_around(seed):
    frame, around, _, _ = given_to(1, seed)
    still = torch.zeros(1, 2, HEIGHT // 2, WIDTH // 2)
    assert torch.allclose(move_frames(frame, still, around), frame, atol=1e-5)
    assert torch.allclose(move_frames(frame, still + 2 * WIDTH, around), around, atol=1e-5)


def test_a_motion_says_from_where_each_place_comes():
    frame, around, _, _ = given_to(1)
    motion = torch.tensor([3.0, -2.0])[None, :, None, None].expand(1, 2, HEIGHT // 2, WIDTH // 2)
    moved = move_frames(frame, motion, around)
    assert torch.allclose(moved[..., 2:, :-3], frame[..., :-2, 3:], atol=1e-4)
