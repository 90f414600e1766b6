"""Work tells how far it is, and is not changed by telling."""

from motion_transfer.progress import no_progress, track


def test_items_pass_unchanged_and_each_is_reported_when_the_next_is_asked_for():
    told = []
    items = track(iter("abc"), "spelling", 3, lambda *what: told.append(what))
    assert told == []
    assert next(items) == "a"
    assert told == [("spelling", 0, 3)]
    assert next(items) == "b"
    assert told[-1] == ("spelling", 1, 3)
    assert list(items) == ["c"]
    assert told[-1] == ("spelling", 3, 3)


def test_an_unknown_total_stays_unknown():
    told = []
    assert list(track([1], "counting", None, lambda *what: told.append(what))) == [1]
    assert told == [("counting", 0, None), ("counting", 1, None)]


def test_nobody_needs_to_listen():
    assert list(track(range(3), "counting", 3, no_progress)) == [0, 1, 2]
