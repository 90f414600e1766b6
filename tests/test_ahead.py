"""Mapping in threads of its own."""

import threading
from itertools import count

import pytest

from motion_transfer.ahead import THREAD, ahead


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREAD)]


def test_items_come_unchanged_and_in_their_order_through_several_stages():
    assert list(ahead(str, ahead(abs, range(50)), threads=3)) == [str(number) for number in range(50)]
    assert list(ahead(str, [])) == []
    assert not threads()


def test_work_goes_on_while_the_consumer_is_busy():
    meeting = threading.Barrier(2, timeout=20)

    def work(number):
        if number > 0:
            meeting.wait()

    for number, _ in enumerate(ahead(work, range(5))):
        if number < 4:
            meeting.wait()  # in here, and in the work on the next item


def test_several_items_are_at_work_at_once_and_come_in_order():
    meeting = threading.Barrier(3, timeout=20)

    def work(number):
        meeting.wait()
        return number

    assert list(ahead(work, range(9), threads=3)) == list(range(9))


def test_nothing_is_done_before_it_is_asked_for_and_then_no_more_than_a_few_ahead():
    begun, numbers = [], count()
    items = ahead(begun.append, numbers, threads=2)
    assert begun == []
    next(items)
    assert next(numbers) == 4, "the one that was taken, and three more"
    items.close()


def test_an_error_comes_in_the_place_of_its_item_and_ends_both_stages():
    closed = []

    def failing():
        try:
            yield 1
            yield 2
            raise ValueError("the third")
        finally:
            closed.append("source")

    items = ahead(abs, ahead(abs, failing()))
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(items)
    assert closed == ["source"]
    assert not threads()


@pytest.mark.parametrize("error", [GeneratorExit, KeyboardInterrupt])
def test_a_consumer_that_stops_half_way_ends_the_threads_and_closes_the_source(error):
    closed = []

    def numbers():
        try:
            yield from count()
        finally:
            closed.append("source")

    items = ahead(abs, ahead(abs, numbers()))
    next(items)
    with pytest.raises(error):
        items.throw(error)
    assert closed == ["source"]
    assert not threads()


def test_where_a_later_stage_fails_the_earlier_one_ends_too():
    items = ahead(lambda number: 1 / (3 - number), ahead(abs, count()))
    assert [next(items) for _ in range(3)] == [1 / 3, 1 / 2, 1]
    with pytest.raises(ZeroDivisionError):
        next(items)
    assert not threads()
