from collections.abc import Callable

import pytest

from motion_transfer.pose import PoseSequence
from tests.drawn_world import standing


@pytest.fixture(scope="session")
def person() -> Callable[..., PoseSequence]:
    """Poses of an upright person: x of the feet, y of the floor, height and jump above it, numbers or (T,)."""
    return standing
