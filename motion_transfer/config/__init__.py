"""The settings of every stage and the pipeline that gathers them.

The same definitions serve Python (keyword arguments), the command line (`--pose.smoothing none`), pipeline files
(one TOML table a stage) and `subject.json`.
"""

from motion_transfer.config.bounds import share_bounds
from motion_transfer.config.pipeline import (
    Pipeline,
    load_pipeline,
    pipeline_from_dict,
    pipeline_names,
    pipeline_to_dict,
    pipeline_to_toml,
)
from motion_transfer.config.stages import (
    DrawSettings,
    EncodeSettings,
    FaceStageSettings,
    LocalStageSettings,
    ModelSettings,
    NormaliseSettings,
    PoseSettings,
    StageSettings,
    TrainSettings,
)

__all__ = [
    "DrawSettings",
    "EncodeSettings",
    "FaceStageSettings",
    "LocalStageSettings",
    "ModelSettings",
    "NormaliseSettings",
    "Pipeline",
    "PoseSettings",
    "StageSettings",
    "TrainSettings",
    "load_pipeline",
    "pipeline_from_dict",
    "pipeline_names",
    "pipeline_to_dict",
    "pipeline_to_toml",
    "share_bounds",
]
