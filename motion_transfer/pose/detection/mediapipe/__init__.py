"""MediaPipe as the detector. The only package that imports mediapipe, and only once an estimator is opened."""

from motion_transfer.pose.detection.mediapipe.detectors import HolisticEstimator, RoiTracker
from motion_transfer.pose.detection.mediapipe.known_bodies import DetectionVerifier, PersonMasks

__all__ = ["DetectionVerifier", "HolisticEstimator", "PersonMasks", "RoiTracker"]
