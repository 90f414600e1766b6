"""Evaluation: how good is a result?"""

from motion_transfer.evaluation.boxes import face_boxes, hand_boxes, part_boxes
from motion_transfer.evaluation.flicker import flicker
from motion_transfer.evaluation.nearest import nearest_poses
from motion_transfer.evaluation.pose_distance import (
    FOUND,
    Parts,
    constant_offset,
    joint_distances,
    missed_detections,
    pose_distance,
    torso_length,
)
from motion_transfer.evaluation.similarity import Similarity, crop, person_similarity, region_similarity

__all__ = [
    "FOUND",
    "Parts",
    "Similarity",
    "constant_offset",
    "crop",
    "face_boxes",
    "flicker",
    "hand_boxes",
    "joint_distances",
    "missed_detections",
    "nearest_poses",
    "part_boxes",
    "person_similarity",
    "pose_distance",
    "region_similarity",
    "torso_length",
]
