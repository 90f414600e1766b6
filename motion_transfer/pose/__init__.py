"""Poses: finding them, cleaning them, moving them to another person's place, drawing them."""

from motion_transfer.pose.body import BodyStats, measure_body
from motion_transfer.pose.boxes import face_boxes, hand_boxes
from motion_transfer.pose.choose import LARGEST, choose_person
from motion_transfer.pose.clean import clean_poses, fill_gaps, smooth
from motion_transfer.pose.detection import Detection
from motion_transfer.pose.draw import draw_frame, draw_pose, draw_poses, drawable, overlay_pose
from motion_transfer.pose.estimate import estimate_people, estimate_poses
from motion_transfer.pose.facing import facing, hide_unseen
from motion_transfer.pose.live import LiveFilter
from motion_transfer.pose.mediapipe import HolisticEstimator
from motion_transfer.pose.normalise import normalise_people, normalise_poses
from motion_transfer.pose.openpose_json import load_openpose, save_openpose
from motion_transfer.pose.outliers import reject_outliers
from motion_transfer.pose.people import track_people
from motion_transfer.pose.pose_files import check_fit, check_pose_output, load_poses, save_poses
from motion_transfer.pose.preview import draw_preview
from motion_transfer.pose.sequence import PoseSequence, concatenate, empty
from motion_transfer.pose.skeleton import OPENPOSE_137, Skeleton

__all__ = [
    "LARGEST",
    "OPENPOSE_137",
    "BodyStats",
    "Detection",
    "HolisticEstimator",
    "LiveFilter",
    "PoseSequence",
    "Skeleton",
    "check_fit",
    "check_pose_output",
    "choose_person",
    "clean_poses",
    "concatenate",
    "draw_frame",
    "draw_pose",
    "draw_poses",
    "draw_preview",
    "drawable",
    "empty",
    "estimate_people",
    "estimate_poses",
    "face_boxes",
    "facing",
    "fill_gaps",
    "hand_boxes",
    "hide_unseen",
    "load_openpose",
    "load_poses",
    "measure_body",
    "normalise_people",
    "normalise_poses",
    "overlay_pose",
    "reject_outliers",
    "save_openpose",
    "save_poses",
    "smooth",
    "track_people",
]
