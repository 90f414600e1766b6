"""What a compositor decides, applied at the footage's resolution, and laid over a frame."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.models.compositor import Decisions, compose
from motion_transfer.synthesis.compositing import Decided, Layer, composite
from tests.drawn_world import texture, wall

CANVAS = (32, 48)  # width and height
PAINT = np.array([0.5, -0.5, 0.0])


def decisions(count=2, *, first=1.0, opacity=0.0, tint=0.0):
    """The first candidate, the others as far as it does not count; the same everywhere."""
    width, height = CANVAS
    weights = torch.full((1, count, height, width), (1 - first) / max(count - 1, 1))
    weights[:, 0] = first
    render = torch.tensor(PAINT, dtype=torch.float32)[None, :, None, None].expand(1, 3, height, width)
    return Decisions(
        weights,
        torch.full((1, 3, height, width), tint),
        render,
        torch.full((1, 1, height, width), opacity),
    )


def arrays(said):
    """Decisions of one frame as `composite` takes them."""
    return Decided(*(each[0].numpy() for each in said))


class World:
    """Two opaque candidates that are known everywhere: smooth colours over the canvas."""

    def __init__(self):
        self.rendered = []

    def colours(self, index, grid):
        x, y = grid.points()
        waves = [np.sin(x / (5 + index)) + 0 * y, np.cos(y / (7 - index)) + 0 * x, np.sin((x + y) / 9)]
        return 127.5 + 100 * np.stack(waves, axis=2)

    def __call__(self, grid):
        def render(index):
            self.rendered.append((index, grid))
            solid = np.full((*grid.size[::-1], 1), 255)
            return np.rint(np.concatenate([self.colours(index, grid), solid], axis=2)).astype(np.uint8)

        return render


def mask(box=(8, 8, 24, 40)):
    left, top, right, bottom = box
    found = np.zeros(CANVAS[::-1], np.float32)
    found[top:bottom, left:right] = 1
    return found


BOX, SIZE = np.array([10, 4, 10 + 3 * 32, 4 + 3 * 48]), (120, 160)


def shown(found, **said):
    world = World()
    return world, composite(arrays(decisions(**said)), found, world, BOX, SIZE)


@given(st.tuples(*[st.integers(0, 119)] * 2), st.tuples(*[st.integers(0, 159)] * 2), st.integers(0, 2**31))
@settings(max_examples=40)
def test_outside_its_region_a_layer_leaves_the_frame_as_it_was(columns, rows, seed):
    random = np.random.default_rng(seed)
    region = slice(min(rows), max(rows)), slice(min(columns), max(columns))
    opacity = random.random((region[0].stop - region[0].start, region[1].stop - region[1].start), np.float32)
    layer = Layer(region, 255 * opacity[..., None] * random.random((*opacity.shape, 3), np.float32), opacity)
    background = wall(SIZE, 3)
    frame, kept = layer.over(background), background.copy()
    assert np.array_equal(background, wall(SIZE, 3)), "the background is only read"
    expected = (1 - opacity[..., None]) * background[region] + layer.colour
    assert np.abs(frame[region] - expected).max(initial=0) <= 0.51
    frame[region] = kept[region] = 0
    assert np.array_equal(frame, kept)
    alone = layer.alone(SIZE)
    assert np.abs(alone[region][..., 3] - 255 * opacity).max(initial=0) <= 0.51
    alone[region] = 0
    assert not alone.any()


def test_the_first_candidate_is_painted_in_detail_and_no_other():
    world, layer = shown(mask())
    assert [index for index, _ in world.rendered] == [0]
    grid = world.rendered[0][1]
    assert grid.scale == (3, 3)
    rows, columns = layer.region
    assert (rows.start, columns.start) == (4 + 3 * 7, 10 + 3 * 7), "a pixel of the canvas around the person"
    inner = layer.colour[6:-6, 6:-6]
    expected = World().colours(0, grid)[6:-6, 6:-6]
    assert np.abs(inner - expected).max() <= 1
    assert np.allclose(layer.opacity, 1)


def test_weights_mix_the_candidates():
    world, layer = shown(mask(), first=0.25)
    assert [index for index, _ in world.rendered] == [0, 1]
    both = [World().colours(index, world.rendered[0][1]) for index in (0, 1)]
    assert np.abs(layer.colour - (0.25 * both[0] + 0.75 * both[1])).max() <= 1.5


def test_what_no_candidate_shows_is_painted_within_an_outline_if_there_is_one():
    empty = decisions(first=0.0, opacity=0.5)._replace(weights=torch.zeros(1, 2, *CANVAS[::-1]))
    outline = mask((8, 8, 16, 40))
    for limit, share in ((None, 0.5), (outline, 0.0)):
        layer = composite(arrays(empty), mask(), World(), BOX, SIZE, outline=limit)
        right = np.s_[10:-10, 40:-6]
        assert np.allclose(layer.opacity[right], share)
        assert np.allclose(layer.colour[right], share * 127.5 * (PAINT + 1), atol=0.1)
    assert np.allclose(layer.opacity[10:-10, 8:20], 0.5)


def test_a_tint_changes_the_colours_of_what_is_shown():
    (_, plain), (_, tinted) = shown(mask()), shown(mask(), tint=0.2)
    assert np.allclose(tinted.colour - plain.colour, 0.2 * 127.5, atol=0.1)


@pytest.mark.parametrize("box", [(8, 8, 8, 8), (36, 8, 48, 40)])
def test_nobody_and_a_person_beside_the_frame_are_an_empty_layer(box):
    world = World()
    layer = composite(arrays(decisions()), mask(box), world, BOX + np.array([60, 0, 60, 0]), SIZE)
    background = texture(SIZE, 2.0)
    assert np.array_equal(layer.over(background), background)
    assert not layer.alone(SIZE).any()
    assert world.rendered == []


@given(st.integers(0, 2**31))
@settings(max_examples=15)
def test_on_the_canvas_it_is_what_the_network_was_trained_with(seed):
    """One pixel a pixel of the canvas: the frame that `compose` makes."""
    random = np.random.default_rng(seed)
    width, height = CANVAS
    candidates = random.integers(0, 256, (2, height, width, 4)).astype(np.uint8)
    candidates[..., :3] = np.minimum(candidates[..., :3], candidates[..., 3:])
    plate = wall(CANVAS, 5)
    said = decisions(first=0.6, opacity=0.3, tint=0.1)

    def renderer(grid):
        left, top = (round(each) for each in grid.offset)
        return lambda index: candidates[index, top : top + grid.size[1], left : left + grid.size[0]]

    tensor = torch.from_numpy(candidates).permute(0, 3, 1, 2)[None].float() / 255
    back = torch.from_numpy(plate).permute(2, 0, 1)[None].float() / 127.5 - 1
    made = compose(said, tensor, back)
    expected = (made.frame[0].permute(1, 2, 0).numpy() + 1) * 127.5
    layer = composite(arrays(said), made.mask[0, 0].numpy(), renderer, np.array([0, 0, *CANVAS]), CANVAS)
    assert np.abs(layer.over(plate) - expected).max() <= 2
