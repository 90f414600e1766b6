"""The settings of every stage and the pipeline that gathers them.

The same definitions serve Python (keyword arguments), the command line (`--pose.smoothing none`), pipeline files
(one TOML table a stage) and `subject.json`.
"""

from motion_transfer.config.pipeline import Pipeline as Pipeline
from motion_transfer.config.pipeline import load_pipeline as load_pipeline
from motion_transfer.config.pipeline import pipeline_from_dict as pipeline_from_dict
from motion_transfer.config.pipeline import pipeline_names as pipeline_names
from motion_transfer.config.pipeline import pipeline_to_dict as pipeline_to_dict
from motion_transfer.config.pipeline import pipeline_to_toml as pipeline_to_toml
from motion_transfer.config.pipeline import share_bounds as share_bounds
from motion_transfer.config.stages import DrawSettings as DrawSettings
from motion_transfer.config.stages import EncodeSettings as EncodeSettings
from motion_transfer.config.stages import FaceStageSettings as FaceStageSettings
from motion_transfer.config.stages import LocalStageSettings as LocalStageSettings
from motion_transfer.config.stages import ModelSettings as ModelSettings
from motion_transfer.config.stages import NormaliseSettings as NormaliseSettings
from motion_transfer.config.stages import PoseSettings as PoseSettings
from motion_transfer.config.stages import StageSettings as StageSettings
from motion_transfer.config.stages import TrainSettings as TrainSettings
