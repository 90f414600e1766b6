"""Training: the loop, its state and resumption."""

from motion_transfer.training.state import TrainingState, result_of
from motion_transfer.training.train import train

__all__ = ["TrainingState", "result_of", "train"]
