"""The command: what it writes, and what it refuses."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.errors import PoseError
from motion_transfer.video import VideoReader
from samples.dancer import clip
from samples.dancer.__main__ import main
from samples.dancer.clip import Clip, load_truth

CLIP = Clip("chen", "dance", "stage", (80, 64), Fraction(10), seconds=0.4, seed=3, detail=0.3)


def test_a_clip_comes_with_its_truth(tmp_path: Path) -> None:
    video = tmp_path / "chen.mp4"
    truth = load_truth(clip.write(CLIP, video, workers=2))
    with VideoReader(video) as reader:
        frames = np.stack(list(reader))
    assert frames.shape == (4, 64, 80, 3)
    assert truth.xy.shape == (4, 137, 2)
    assert truth.xyz.shape == (4, 137, 3)
    assert truth.occluded.shape == (4, 137)
    assert (truth.fps, truth.size) == (Fraction(10), (80, 64))
    assert truth.masks.shape == (4, 64, 80)
    stage, dance = clip.prepare(CLIP)
    assert (truth.background == stage.room.background).all()
    np.testing.assert_allclose(truth.xyz, CLIP.joints(), atol=1e-6)
    drawn = [stage.render(dance, CLIP.beat(i), np.random.default_rng([3, i])) for i in range(4)]
    assert all((abs(f.image.astype(int) - shown) < 60).mean() > 0.99 for f, shown in zip(drawn, frames, strict=True))
    assert np.mean([((f.alpha >= 0.5) == m).mean() for f, m in zip(drawn, truth.masks, strict=True)]) > 0.999
    assert sorted(p.name for p in tmp_path.iterdir()) == ["chen.mp4", "chen.npz"]


def test_the_number_of_workers_does_not_change_a_pixel() -> None:
    here, one, two = (list(clip.render(CLIP, n)) for n in (0, 1, 2))
    assert all(
        (a.image == b.image).all() and (a.image == c.image).all() for a, b, c in zip(here, one, two, strict=True)
    )


def test_a_zoom_below_one_shows_the_same_room_from_the_same_place_with_more_around_it() -> None:
    near, far = CLIP.room().camera, replace(CLIP, zoom=0.5).room().camera
    np.testing.assert_allclose(far.position, near.position, rtol=1e-6)
    points = np.array([(0.3, 1.2, 0.1), (-0.6, 0.0, 0.2)])
    a, b = (camera.project(points)[:, :2] - np.array(CLIP.size) / 2 for camera in (near, far))
    np.testing.assert_allclose(b, a / 2, rtol=1e-6)


def test_an_interrupted_render_leaves_nothing(tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int | None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clip.write(CLIP, tmp_path / "chen.mp4", progress=stop)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--character", "nobody"], "expected bruno, amara"),
        (["--choreography", "waltz"], "expected dance, footage"),
        (["--scene", "moon"], "expected parlour, loft"),
        (["--size", "10x10"], "expected 64 to 4096"),
        (["--seconds", "0"], "expected one frame to an hour"),
        (["--seconds", "nan"], "expected one frame to an hour"),
        (["--fps", "0"], "expected 1 to 120"),
        (["--bpm", "400"], "expected 50 to 130"),
        (["--zoom", "2"], "expected 0.05 to 1"),
        (["--seed", "-1"], "expected 0 or more"),
        (["--workers", "-1"], "expected 0 or more"),
    ],
)
def test_what_cannot_be_rendered_is_refused_in_one_line(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(tmp_path / "x.mp4"), *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [["--size", "big"], ["--fps", "fast"], ["--fps", "1/0"], ["--seed", "1.5"]])
def test_what_is_no_number_is_refused(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path / "x.mp4"), *options])
    assert f"{options[0]}: invalid" in capsys.readouterr().err


def test_a_place_that_does_not_exist_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "nowhere" / "x.mp4")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_file_that_is_no_truth_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(PoseError, match=r"x\.npz is not a dancer's truth"):
        load_truth(path)
