"""The exemplars of the tests' footage, and the segments of all its frames."""

import numpy as np
import pytest

from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.pose.geometry.segments import SegmentTrack


@pytest.fixture(scope="session")
def bank(preprocessed, tiny):
    return select_exemplars(preprocessed, tiny)


@pytest.fixture(scope="session")
def segments(preprocessed):
    return SegmentTrack(preprocessed.poses, preprocessed.viewport).at(np.arange(len(preprocessed.poses)))
