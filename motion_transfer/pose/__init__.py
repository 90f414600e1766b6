"""Poses: detection, tracking, cleaning, normalisation to another person, drawing, files."""

from motion_transfer.pose.cleaning.clean import clean_poses
from motion_transfer.pose.cleaning.live import LiveFilter
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.drawing.draw import draw_frame, draw_pose, draw_poses, drawable
from motion_transfer.pose.estimation.estimate import estimate_people, estimate_poses
from motion_transfer.pose.formats.pose_files import check_fit, load_poses, save_poses
from motion_transfer.pose.geometry.orientation import body_orientation
from motion_transfer.pose.normalisation.body import BodyStats, measure_body
from motion_transfer.pose.normalisation.normalise import normalise_people, normalise_poses
from motion_transfer.pose.sequence import PoseSequence, empty
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.pose.tracking.selection import LARGEST

__all__ = [
    "LARGEST",
    "OPENPOSE_137",
    "BodyStats",
    "Detection",
    "LiveFilter",
    "PoseSequence",
    "body_orientation",
    "check_fit",
    "clean_poses",
    "draw_frame",
    "draw_pose",
    "draw_poses",
    "drawable",
    "empty",
    "estimate_people",
    "estimate_poses",
    "load_poses",
    "measure_body",
    "normalise_people",
    "normalise_poses",
    "save_poses",
]
