"""A target to normalise poses to, and what is measured on the result."""

from dataclasses import replace

import numpy as np

from motion_transfer.config import NormaliseSettings
from motion_transfer.pose import OPENPOSE_137, BodyStats, measure_body, normalise_poses

TARGET = BodyStats(
    close=1000, far=900, height_close=700, height_far=600, centre_x=400, left=0, right=0, size=(800, 1200), bones={}
)
BONES = {
    "legs": 0.5, "trunk": 0.5, "hips": 0.07, "shoulders": 0.09, "upper_arm": 0.2, "forearm": 0.19, "hand": 0.06,
    "head": 0.07,
}  # fmt: skip
DALIA = replace(TARGET, bones=BONES)  # a target with bones; the drawn person's legs are 0.52 of their height
ANKLES = [OPENPOSE_137.index("right_ankle"), OPENPOSE_137.index("left_ankle")]
NOSE = OPENPOSE_137.index("nose")


def feet(poses):
    """(T,) x of the ankles' middle and y of the lower one."""
    return poses.xy[:, ANKLES, 0].mean(axis=1), poses.xy[:, ANKLES, 1].max(axis=1)


def height(poses):
    return np.hypot(*(poses.xy[:, NOSE] - poses.xy[:, ANKLES].mean(axis=1)).T)


def ratio(result, poses, a, b):
    """(T,) how much longer the bone from joint to joint became."""
    one, other = (
        np.hypot(*(each.xy[:, OPENPOSE_137.index(a)] - each.xy[:, OPENPOSE_137.index(b)]).T) for each in (result, poses)
    )
    return one / other


def normalised(poses, target=TARGET, **options):
    return normalise_poses(poses, measure_body(poses, alpha=1.0), target, NormaliseSettings(**options))
