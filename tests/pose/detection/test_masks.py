"""A person's masks, and the folder they are kept in."""

from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import OutputError
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.detection.mediapipe import HolisticEstimator, PersonMasks
from motion_transfer.pose.formats import mask_files
from motion_transfer.pose.formats.mask_files import check_masks_output, save_masks
from motion_transfer.video import VideoReader
from tests.drawn_world import without

SAMPLES = Path(__file__).parents[3] / "samples"
SIZE = (64, 48)


def test_a_mask_covers_the_dancer_wherever_in_the_frame_and_nothing_else():
    with VideoReader(SAMPLES / "dance.mp4") as reader:
        frame = next(iter(reader))
        width, height = reader.size
    with HolisticEstimator(PoseSettings(), (width, height)) as estimate:
        dancer = estimate(frame)[0]
    trunk = dancer.xy[[OPENPOSE_137.index(joint) for joint in ("neck", "mid_hip", "left_hip", "right_hip")]]
    with PersonMasks(PoseSettings(), (2 * width, height)) as mask_of:
        for shift in (0, width):
            wide = np.zeros((height, 2 * width, 3), np.uint8)
            wide[:, shift : shift + width] = frame
            mask = mask_of(wide, dancer.xy + np.float32([shift, 0]))
            x, y = (trunk + np.float32([shift, 0])).astype(int).T
            assert (mask[y, x] > 200).all()
            assert 0.03 < (mask[:, shift : shift + width] > 127).mean() < 0.3
            assert not mask[:, width - shift : 2 * width - shift].any()
        assert not mask_of(np.zeros_like(wide), dancer.xy).any()
        assert not mask_of(wide, np.full_like(dancer.xy, np.nan)).any()


def half_mask(frame, xy):
    """The left half where a person is."""
    mask = np.zeros(frame.shape[:2], np.uint8)
    mask[:, : frame.shape[1] // 2] = 255 * np.isfinite(xy).any()
    return mask


def interrupted(frames):
    yield from frames[:2]
    raise KeyboardInterrupt


@pytest.fixture
def clip(monkeypatch, person):
    """Four frames and poses; the last shows no person."""
    monkeypatch.setattr(mask_files, "PersonMasks", lambda *_: nullcontext(half_mask))
    poses = person(np.full(4, 20), 40, 30, size=SIZE)
    return [np.zeros((48, 64, 3), np.uint8)] * 4, without(poses, frames=3)


def test_every_frame_has_a_picture_of_the_frames_size(clip, tmp_path):
    assert save_masks(tmp_path / "masks", *clip, PoseSettings()) == 3
    files = sorted((tmp_path / "masks").iterdir())
    assert [file.name for file in files] == [f"mask_{n:012d}.png" for n in range(4)]
    masks = [cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in files]
    assert [(mask.shape, mask.mean()) for mask in masks] == [((48, 64), 127.5)] * 3 + [((48, 64), 0)]


def test_earlier_masks_are_replaced_and_other_things_are_not(clip, tmp_path):
    frames, poses = clip
    save_masks(tmp_path / "masks", frames, poses, PoseSettings())
    save_masks(tmp_path / "masks", islice(frames, 2), poses, PoseSettings())
    assert len(list((tmp_path / "masks").iterdir())) == 2
    (tmp_path / "masks" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"also holds notes\.txt"):
        check_masks_output(tmp_path / "masks")


def test_an_interruption_leaves_nothing(clip, tmp_path):
    frames, poses = clip
    with pytest.raises(KeyboardInterrupt):
        save_masks(tmp_path / "masks", interrupted(frames), poses, PoseSettings())
    assert not list(tmp_path.iterdir())


def test_a_name_with_an_ending_is_refused(tmp_path):
    with pytest.raises(OutputError, match="name without an ending"):
        check_masks_output(tmp_path / "masks.mp4")
