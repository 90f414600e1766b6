"""How a verb ends."""

import time

import pytest

from motion_transfer.cli.main import _orderly_end


class Ending:
    def __del__(self):
        raise KeyboardInterrupt


@_orderly_end()
def work():
    Ending()
    time.sleep(60)  # it ends with the interruption


def test_an_interruption_that_meets_the_end_of_an_object_is_not_lost():
    with pytest.raises(KeyboardInterrupt):
        work()
