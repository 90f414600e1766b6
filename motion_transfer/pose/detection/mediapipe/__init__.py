"""MediaPipe as the detector. The only package that imports mediapipe, and only once an estimator is opened."""

from motion_transfer.pose.detection.mediapipe.holistic import HolisticEstimator
from motion_transfer.pose.detection.mediapipe.known_bodies import DetectionVerifier, PersonMasks
from motion_transfer.pose.detection.mediapipe.roi_tracker import RoiTracker

__all__ = ["DetectionVerifier", "HolisticEstimator", "PersonMasks", "RoiTracker"]
