"""The losses of a step that are the project's own."""

import torch

from motion_transfer.training.step import _indecision, _unsteadiness


def test_errors_that_go_with_the_person_are_steady_and_those_that_stay_behind_are_not():
    error = torch.zeros(1, 1, 3, 16, 24)
    error[..., 4:10, 4:10] = 1.0
    motions = torch.zeros(1, 2, 2, 16, 24)
    motions[:, 1, 0] = -3.0  # what frame 1 shows lay three pixels to the left
    moved = torch.roll(error, 3, dims=-1)
    with_it = _unsteadiness(torch.cat([error, moved], dim=1), motions)
    behind = _unsteadiness(torch.cat([error, error], dim=1), motions)
    assert with_it < 1e-5
    assert behind > 0.05


def test_one_choice_is_no_indecision_and_equal_shares_are_the_most():
    chosen, nothing = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    chosen[:, 1] = 1
    assert _indecision(chosen) == _indecision(nothing) == 0
    equal, uneven = torch.full((1, 3, 4, 4), 1 / 4), torch.tensor([0.7, 0.1, 0.1])[None, :, None, None]
    assert torch.isclose(_indecision(equal), torch.tensor(1 - 4 / 16))
    assert 0 < _indecision(uneven) < _indecision(equal)
