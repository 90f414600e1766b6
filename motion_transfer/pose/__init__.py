"""Poses: detection, tracking, cleaning, normalisation to another person, drawing, files."""

from motion_transfer.pose.cleaning.clean import clean_poses
from motion_transfer.pose.cleaning.live import LiveFilter
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.mediapipe import HolisticEstimator
from motion_transfer.pose.drawing.draw import draw_frame, draw_pose, draw_poses, drawable
from motion_transfer.pose.drawing.preview import draw_preview
from motion_transfer.pose.estimation.estimate import estimate_people, estimate_poses
from motion_transfer.pose.formats.openpose_json import load_openpose, save_openpose
from motion_transfer.pose.formats.pose_files import check_fit, check_pose_output, load_poses, save_poses
from motion_transfer.pose.geometry.boxes import face_boxes, hand_boxes
from motion_transfer.pose.geometry.orientation import body_orientation, hide_occluded_face
from motion_transfer.pose.normalisation.body import BodyStats, measure_body
from motion_transfer.pose.normalisation.normalise import normalise_people, normalise_poses
from motion_transfer.pose.sequence import PoseSequence, empty
from motion_transfer.pose.skeleton import OPENPOSE_137, Skeleton
from motion_transfer.pose.tracking.people import track_people
from motion_transfer.pose.tracking.selection import LARGEST, choose_person

__all__ = [
    "LARGEST",
    "OPENPOSE_137",
    "BodyStats",
    "Detection",
    "HolisticEstimator",
    "LiveFilter",
    "PoseSequence",
    "Skeleton",
    "body_orientation",
    "check_fit",
    "check_pose_output",
    "choose_person",
    "clean_poses",
    "draw_frame",
    "draw_pose",
    "draw_poses",
    "draw_preview",
    "drawable",
    "empty",
    "estimate_people",
    "estimate_poses",
    "face_boxes",
    "hand_boxes",
    "hide_occluded_face",
    "load_openpose",
    "load_poses",
    "measure_body",
    "normalise_people",
    "normalise_poses",
    "save_openpose",
    "save_poses",
    "track_people",
]
