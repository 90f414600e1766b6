"""A baseline that needs no network: the known frame whose pose is nearest."""

import numpy as np
import numpy.typing as npt

from motion_transfer.pose import PoseSequence


def nearest_poses(queries: PoseSequence, known: PoseSequence) -> npt.NDArray[np.int64]:
    """For each query, the index of the known frame whose body is closest, (T,).

    The distance is the mean over the body's joints that both have, with a missing joint counting as an
    eighth of the frame's height, so that a frame is not near only because little of it was seen.
    """
    body = queries.skeleton.body
    missing = queries.size[1] / 8
    nearest = np.empty(len(queries), np.int64)
    for index, pose in enumerate(queries.xy[:, body]):
        distance = np.linalg.norm(known.xy[:, body] - pose, axis=-1)
        nearest[index] = np.where(np.isnan(distance), missing, distance).mean(axis=1).argmin()
    return nearest
