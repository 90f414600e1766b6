"""Pose files of another kind, or of another clip, in the place of found poses."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.cli import main
from motion_transfer.pose import load_poses, save_poses


@pytest.fixture
def place(place, dance):
    """The folder with the dance's poses in both forms."""
    save_poses(place / "dance", dance.poses)
    return place


def run(line):
    assert main([*line.split(), "--quiet"]) == 0


def test_poses_made_elsewhere_replace_the_stage(place):
    """A folder as other tools write it: they know neither size nor rate, the video does."""
    (place / "dance" / "clip.json").unlink()
    run("transfer dance.mp4 --subject me --out npz.mp4 --poses dance.npz --no-credentials")
    run("transfer dance.mp4 --subject me --out folder.mp4 --poses dance --no-credentials")
    assert (place / "npz.mp4").read_bytes() == (place / "folder.mp4").read_bytes()


def test_folders_pass_through_the_single_stages_as_files_do(place):
    run("normalise dance --subject me --out placed")
    run("normalise dance.npz --subject me --out placed.npz")
    folder, file = load_poses(place / "placed"), load_poses(place / "placed.npz")
    assert np.array_equal(folder.xy, file.xy, equal_nan=True)
    run("draw placed --out folder.mp4")
    run("draw placed.npz --out file.mp4")
    assert (place / "folder.mp4").read_bytes() == (place / "file.mp4").read_bytes()


@pytest.mark.parametrize(
    ("change", "found"),
    [({"fps": Fraction(25)}, "45 frames of 128 x 96 pixels at 25 fps"), ({"size": (64, 48)}, "45 frames of 64 x 48")],
)
def test_poses_of_another_rate_or_size_are_refused(place, dance, capfd, change, found):
    save_poses(place / "other.npz", replace(dance.poses, **change))
    line = "transfer dance.mp4 --subject me --out out.mp4 --poses other.npz --quiet"
    assert main(line.split()) == 2
    assert capfd.readouterr().err.startswith(f"PoseError: other.npz has {found}")
    assert not (place / "out.mp4").exists()


def test_a_folder_of_another_length_is_refused_before_its_files_are_read(place, capfd):
    (place / "dance" / "clip.json").unlink()
    first, *_, last = sorted((place / "dance").iterdir())
    first.write_text("no JSON")
    last.unlink()
    assert main(["transfer", "dance.mp4", "--subject", "me", "--out", "out.mp4", "--poses", "dance", "--quiet"]) == 2
    assert capfd.readouterr().err.startswith("PoseError: dance has 44 frames, but the clip has 45. Give the poses")


def test_a_folder_with_a_hole_is_refused(place, capfd):
    (place / "dance" / "dance_000000000007_keypoints.json").unlink()
    (place / "dance" / "clip.json").unlink()
    assert main(["transfer", "dance.mp4", "--subject", "me", "--out", "out.mp4", "--poses", "dance", "--quiet"]) == 2
    assert capfd.readouterr().err.startswith("PoseError: dance has no file for 1 of its frames, the first")
