"""Make one person perform another person's dance.

The public names are imported when they are first used, so that `import motion_transfer` costs nothing::

    import motion_transfer as mt

    subject = mt.train(Path("me.mp4"), Path("me"))
    mt.transfer(Path("dance.mp4"), subject, Path("me-dancing.mp4"))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from motion_transfer.batch import BatchOptions as BatchOptions
    from motion_transfer.batch import Job as Job
    from motion_transfer.batch import TrainingJob as TrainingJob
    from motion_transfer.batch import train_many as train_many
    from motion_transfer.batch import transfer_many as transfer_many
    from motion_transfer.config import Pipeline as Pipeline
    from motion_transfer.config import load_pipeline as load_pipeline
    from motion_transfer.config.options import TrainOptions as TrainOptions
    from motion_transfer.config.options import TransferOptions as TransferOptions
    from motion_transfer.errors import CheckpointError as CheckpointError
    from motion_transfer.errors import ConfigError as ConfigError
    from motion_transfer.errors import DiskFullError as DiskFullError
    from motion_transfer.errors import EvaluationError as EvaluationError
    from motion_transfer.errors import MotionTransferError as MotionTransferError
    from motion_transfer.errors import OutputError as OutputError
    from motion_transfer.errors import PoseError as PoseError
    from motion_transfer.errors import SubjectError as SubjectError
    from motion_transfer.errors import TrainingError as TrainingError
    from motion_transfer.errors import VideoError as VideoError
    from motion_transfer.footage_check import check_footage as check_footage
    from motion_transfer.models import choose_device as choose_device
    from motion_transfer.pose import LiveFilter as LiveFilter
    from motion_transfer.pose import PoseSequence as PoseSequence
    from motion_transfer.pose import body_orientation as body_orientation
    from motion_transfer.pose import clean_poses as clean_poses
    from motion_transfer.pose import draw_pose as draw_pose
    from motion_transfer.pose import draw_poses as draw_poses
    from motion_transfer.pose import estimate_people as estimate_people
    from motion_transfer.pose import estimate_poses as estimate_poses
    from motion_transfer.pose import load_poses as load_poses
    from motion_transfer.pose import measure_body as measure_body
    from motion_transfer.pose import normalise_people as normalise_people
    from motion_transfer.pose import normalise_poses as normalise_poses
    from motion_transfer.pose import save_poses as save_poses
    from motion_transfer.pose_cache import open_cache as open_cache
    from motion_transfer.subject import Subject as Subject
    from motion_transfer.subject import load_subject as load_subject
    from motion_transfer.subject import save_subject as save_subject
    from motion_transfer.synthesis.frames import synthesise as synthesise
    from motion_transfer.training import plan_training as plan_training
    from motion_transfer.version import __version__ as __version__
    from motion_transfer.video import VideoReader as VideoReader
    from motion_transfer.video import VideoWriter as VideoWriter
    from motion_transfer.video.probe import probe as probe
    from motion_transfer.workflows.evaluate import evaluate_subject as evaluate_subject
    from motion_transfer.workflows.evaluate import evaluate_video as evaluate_video
    from motion_transfer.workflows.import_edn import import_subject as import_subject
    from motion_transfer.workflows.train import train as train
    from motion_transfer.workflows.transfer import transfer as transfer
    from motion_transfer.workflows.transfer import transfer_frames as transfer_frames

_HOMES = {
    "BatchOptions": "batch",
    "Job": "batch",
    "TrainingJob": "batch",
    "train_many": "batch",
    "transfer_many": "batch",
    "open_cache": "pose_cache",
    "Pipeline": "config",
    "load_pipeline": "config",
    "TrainOptions": "config.options",
    "TransferOptions": "config.options",
    "CheckpointError": "errors",
    "ConfigError": "errors",
    "DiskFullError": "errors",
    "EvaluationError": "errors",
    "MotionTransferError": "errors",
    "OutputError": "errors",
    "PoseError": "errors",
    "SubjectError": "errors",
    "TrainingError": "errors",
    "VideoError": "errors",
    "evaluate_subject": "workflows.evaluate",
    "evaluate_video": "workflows.evaluate",
    "import_subject": "workflows.import_edn",
    "train": "workflows.train",
    "choose_device": "models",
    "LiveFilter": "pose",
    "PoseSequence": "pose",
    "clean_poses": "pose",
    "draw_pose": "pose",
    "draw_poses": "pose",
    "estimate_people": "pose",
    "estimate_poses": "pose",
    "body_orientation": "pose",
    "load_poses": "pose",
    "measure_body": "pose",
    "normalise_people": "pose",
    "normalise_poses": "pose",
    "save_poses": "pose",
    "Subject": "subject",
    "check_footage": "footage_check",
    "load_subject": "subject",
    "save_subject": "subject",
    "synthesise": "synthesis",
    "plan_training": "training",
    "transfer": "workflows.transfer",
    "transfer_frames": "workflows.transfer",
    "__version__": "version",
    "VideoReader": "video",
    "VideoWriter": "video",
    "probe": "video",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
