"""One command on real people: a picture dances, and pictures that cannot are refused."""

import numpy as np
import PIL.Image
import pytest

from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import PoseError, SubjectError
from motion_transfer.video import VideoReader
from motion_transfer.workflows.perform import perform

HALF_A_SECOND = TransferOptions(device="cpu", end=0.5)


@pytest.fixture
def picture(clips, tmp_path):
    """`picture(name)` is the first frame of a clip as a JPEG."""

    def save(name):
        frame = next(iter(VideoReader(clips / name)))
        PIL.Image.fromarray(frame).save(tmp_path / "me.jpg", quality=95)
        return tmp_path / "me.jpg"

    return save


def turquoise(frame):
    """Share of a frame that has the colour of the dress in T4."""
    red, green, blue = np.moveaxis(frame.astype(int), -1, 0)
    return float(((green - red > 40) & (blue - red > 40)).mean())


def test_a_picture_dances_in_its_own_clothes(clips, picture, tmp_path):
    person = picture("targets/T4_ubc_fashion_91-3003CN5S.mp4")
    done = perform(clips / "sources/S3_unianimate_dance_portrait.mp4", person, tmp_path / "out.mp4", HALF_A_SECOND)
    assert done.missing == 0
    worn = turquoise(next(iter(VideoReader(person))))
    shown = [turquoise(frame) for frame in VideoReader(done.output)]
    assert len(shown) == 8
    assert min(shown) > 0.7 * worn > 0.05
    assert max(shown) < 1.3 * worn


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("awkward/A16_no_detectable_person.mp4", PoseError, r"no person found in .*me\.jpg"),
        ("awkward/A02_three_dancers_portrait_audio.mp4", PoseError, r"me\.jpg shows several people"),
        ("awkward/A04_partial_body_greenscreen.mp4", SubjectError, "The frame cuts off the feet"),
    ],
)
def test_a_picture_of_nobody_of_several_or_of_half_a_person_is_refused(clips, picture, tmp_path, name, error, words):
    dance = clips / "sources/S3_unianimate_dance_portrait.mp4"
    with pytest.raises(error, match=words):
        perform(dance, picture(name), tmp_path / "out.mp4", HALF_A_SECOND)
    assert not (tmp_path / "out.mp4").exists()
