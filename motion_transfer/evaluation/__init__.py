"""Evaluation: metrics of a result beside the truth and baselines."""

from motion_transfer.evaluation.baselines import baselines_of, nearest_poses
from motion_transfer.evaluation.measure import measure
from motion_transfer.evaluation.metrics.catalogue import METRICS, MIRRORED, RESULT, TRUTH
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.pose_distance import (
    constant_offset,
    missed_detections,
    pose_distance,
    torso_length,
)
from motion_transfer.evaluation.metrics.similarity import person_similarity
from motion_transfer.evaluation.report import text_table, write_evaluation
from motion_transfer.evaluation.result import Evaluation

__all__ = [
    "METRICS",
    "MIRRORED",
    "RESULT",
    "TRUTH",
    "Evaluation",
    "Lpips",
    "baselines_of",
    "constant_offset",
    "measure",
    "missed_detections",
    "nearest_poses",
    "person_similarity",
    "pose_distance",
    "text_table",
    "torso_length",
    "write_evaluation",
]
