"""Evaluation: metrics of a result beside the truth and baselines."""

from motion_transfer.evaluation.baselines import baselines_of, nearest_poses
from motion_transfer.evaluation.checks import checks
from motion_transfer.evaluation.clips import ClipView, align_frames
from motion_transfer.evaluation.detector import detect_poses, mirrored
from motion_transfer.evaluation.held_out import MOST_FRAMES, held_out
from motion_transfer.evaluation.measure import measure
from motion_transfer.evaluation.metrics.catalogue import METRICS, MIRRORED, RESULT, TRUTH
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.pose_distance import (
    Parts,
    compare_poses,
    constant_offset,
    missed_detections,
    pose_distance,
    torso_length,
)
from motion_transfer.evaluation.metrics.similarity import Similarity, person_similarity
from motion_transfer.evaluation.report import text_table, write_evaluation
from motion_transfer.evaluation.result import Evaluation
from motion_transfer.evaluation.statistics import summarise

__all__ = [
    "METRICS",
    "MIRRORED",
    "MOST_FRAMES",
    "RESULT",
    "TRUTH",
    "ClipView",
    "Evaluation",
    "Lpips",
    "Parts",
    "Similarity",
    "align_frames",
    "baselines_of",
    "checks",
    "compare_poses",
    "constant_offset",
    "detect_poses",
    "held_out",
    "measure",
    "mirrored",
    "missed_detections",
    "nearest_poses",
    "person_similarity",
    "pose_distance",
    "summarise",
    "text_table",
    "torso_length",
    "write_evaluation",
]
