"""MediaPipe as the detector. The only package that imports mediapipe, and only once an estimator is opened."""

from motion_transfer.pose.detection.mediapipe.holistic import HolisticEstimator
from motion_transfer.pose.detection.mediapipe.masks import PersonMasks
from motion_transfer.pose.detection.mediapipe.roi_tracker import RoiTracker
from motion_transfer.pose.detection.mediapipe.verifier import DetectionVerifier

__all__ = ["DetectionVerifier", "HolisticEstimator", "PersonMasks", "RoiTracker"]
