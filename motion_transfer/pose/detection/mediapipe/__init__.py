"""MediaPipe as the detector. The only package that imports mediapipe, and only once an estimator is opened."""

from motion_transfer.pose.detection.mediapipe.holistic import HolisticEstimator
from motion_transfer.pose.detection.mediapipe.tasks import PeopleEstimator

__all__ = ["HolisticEstimator", "PeopleEstimator"]
