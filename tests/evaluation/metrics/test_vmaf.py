"""VMAF, through ffmpeg."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from motion_transfer.errors import VideoError
from motion_transfer.evaluation import vmaf
from motion_transfer.video import VideoWriter

SIZE = (256, 256)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """The same 12 frames, sharp and ever more blurred."""
    folder = tmp_path_factory.mktemp("vmaf")
    texture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (256, 320, 3)).astype(np.uint8), (0, 0), 2)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    paths = {}
    for blur in (0, 1, 2):
        paths[blur] = folder / f"it's {blur}: a clip.mp4"
        with VideoWriter(paths[blur], size=SIZE, fps=Fraction(25)) as writer:
            for t in range(12):
                frame = np.ascontiguousarray(texture[:, 4 * t : 4 * t + 256])
                writer.write(cv2.GaussianBlur(frame, (0, 0), blur) if blur else frame)
    return paths


def test_a_video_beside_itself_is_nearly_perfect_and_blur_costs(videos):
    scores = [vmaf(videos[blur], videos[0], size=SIZE) for blur in (0, 1, 2)]
    assert [len(each) for each in scores] == [12, 12, 12]
    assert scores[0].mean() > 95
    assert scores[0].mean() > scores[1].mean() + 5 > scores[2].mean() + 10


def test_what_is_no_video_is_refused(videos, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    with pytest.raises(VideoError, match=r"broken\.mp4"):
        vmaf(broken, videos[0], size=SIZE)
