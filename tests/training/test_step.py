"""The losses of a step that are the project's own."""

import torch

from motion_transfer.training.step import _unsteadiness


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
