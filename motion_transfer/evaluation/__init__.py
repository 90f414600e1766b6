"""Evaluation: how good is a result?"""

from motion_transfer.evaluation.baselines import nearest_poses
from motion_transfer.evaluation.checks import Verdict, verdicts
from motion_transfer.evaluation.compare import Clip, judge_against_truth, judge_alone
from motion_transfer.evaluation.detector import Seen, mirrored, see
from motion_transfer.evaluation.frame_source import film_of, first_frames, matched_films, outlines_of, vmaf_of
from motion_transfer.evaluation.held_out import MOST_FRAMES, held_out
from motion_transfer.evaluation.measure import (
    MEASURES,
    Film,
    Measure,
    compare_films,
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
    "MEASURES",
    "MOST_FRAMES",
    "Clip",
    "Evaluation",
    "Film",
    "Lpips",
    "Measure",
    "Parts",
    "Seen",
    "Series",
    "Setting",
    "Sheet",
    "Similarity",
    "Summary",
    "Verdict",
    "clothes_colours",
    "colour_distance",
    "colour_drift",
    "colour_error",
    "compare_films",
    "compare_poses",
    "constant_offset",
    "crop",
    "face_boxes",
    "face_colours",
    "film_of",
    "first_frames",
    "flicker",
    "flicker_series",
    "gradient_deviation",
    "hand_boxes",
    "held_out",
    "joint_distances",
    "judge_against_truth",
    "judge_alone",
    "matched_films",
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
    "verdicts",
    "vmaf",
    "vmaf_of",
    "warping_error",
    "write_evaluation",
    "write_report",
]
