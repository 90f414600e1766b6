"""Evaluation: how good is a result?"""

from motion_transfer.evaluation.baselines import nearest_poses
from motion_transfer.evaluation.checks import Check, checks
from motion_transfer.evaluation.compare import Clip, compare_with_truth, evaluate_alone
from motion_transfer.evaluation.detector import Seen, mirrored, see
from motion_transfer.evaluation.frame_source import first_frames, frame_source, matched_sources, outlines_of, vmaf_of
from motion_transfer.evaluation.held_out import MOST_FRAMES, held_out
from motion_transfer.evaluation.measure import (
    METRICS,
    FrameSource,
    Metric,
    compare_frames,
    compare_poses,
    regions_of,
    still_flicker,
)
from motion_transfer.evaluation.metrics.boxes import face_boxes, hand_boxes, part_boxes
from motion_transfer.evaluation.metrics.flicker import flicker, flicker_series
from motion_transfer.evaluation.metrics.identity import clothes_colours, colour_distance, face_colours
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.evaluation.metrics.motion import colour_drift, colour_error, warping_error
from motion_transfer.evaluation.metrics.pose_distance import (
    FOUND,
    Parts,
    constant_offset,
    joint_distances,
    missed_detections,
    pose_distance,
    torso_length,
)
from motion_transfer.evaluation.metrics.similarity import (
    Similarity,
    crop,
    gradient_deviation,
    multiscale_similarity,
    person_similarity,
    region_scores,
    region_similarity,
)
from motion_transfer.evaluation.metrics.vmaf import vmaf
from motion_transfer.evaluation.report import Sheet, text_table, write_report
from motion_transfer.evaluation.result import Evaluation, Setting, write_evaluation
from motion_transfer.evaluation.statistics import Series, Summary, summarise

__all__ = [
    "FOUND",
    "METRICS",
    "MOST_FRAMES",
    "Check",
    "Clip",
    "Evaluation",
    "FrameSource",
    "Lpips",
    "Metric",
    "Parts",
    "Seen",
    "Series",
    "Setting",
    "Sheet",
    "Similarity",
    "Summary",
    "checks",
    "clothes_colours",
    "colour_distance",
    "colour_drift",
    "colour_error",
    "compare_frames",
    "compare_poses",
    "compare_with_truth",
    "constant_offset",
    "crop",
    "evaluate_alone",
    "face_boxes",
    "face_colours",
    "first_frames",
    "flicker",
    "flicker_series",
    "frame_source",
    "gradient_deviation",
    "hand_boxes",
    "held_out",
    "joint_distances",
    "matched_sources",
    "mirrored",
    "missed_detections",
    "multiscale_similarity",
    "nearest_poses",
    "outlines_of",
    "part_boxes",
    "person_similarity",
    "pose_distance",
    "region_scores",
    "region_similarity",
    "regions_of",
    "see",
    "still_flicker",
    "summarise",
    "text_table",
    "torso_length",
    "vmaf",
    "vmaf_of",
    "warping_error",
    "write_evaluation",
    "write_report",
]
