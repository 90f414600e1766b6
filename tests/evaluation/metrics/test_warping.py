"""Change from frame to frame that the motion does not explain."""

import cv2
import numpy as np

from motion_transfer.evaluation.metrics.warping import MotionTracker


def moving(frames=12, speed=2):
    """A soft texture that moves sideways by whole pixels."""
    texture = np.random.default_rng(0).integers(0, 256, (96, 200, 3)).astype(np.uint8)
    texture = cv2.GaussianBlur(texture, (0, 0), 4)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    return [np.ascontiguousarray(texture[:, t * speed : t * speed + 128]) for t in range(frames)]


def noisy(frames, strength):
    noise = np.random.default_rng(1)
    return [np.clip(f + noise.normal(0, strength, f.shape), 0, 255).astype(np.uint8) for f in frames]


def warping_errors(frames, truth):
    tracker = MotionTracker()
    warps = [tracker.update(frame) for frame in truth]
    assert warps[0] is None
    return np.array([warps[t].error(frames[t], frames[t - 1]) for t in range(1, len(frames))])


def test_motion_alone_is_no_error():
    assert warping_errors(moving(), moving()).mean() < 1


def test_the_noisier_the_larger_the_error():
    errors = [warping_errors(noisy(moving(), strength), moving()).mean() for strength in (0, 2, 4, 8)]
    assert errors == sorted(errors)
    assert errors[3] > 3 * errors[1]


def test_a_dropped_frame_shows_where_it_is_missing():
    true = moving()
    errors = warping_errors([*true[:6], true[5], *true[7:]], true)  # frame 6 shows frame 5 again
    assert errors.argmax() in (5, 6)
    assert errors.max() > 4 * np.median(errors)
