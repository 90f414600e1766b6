"""MediaPipe as the detector. The only package that imports mediapipe, and only once an estimator is opened."""

from motion_transfer.pose.mediapipe.estimators import HolisticEstimator

__all__ = ["HolisticEstimator"]
