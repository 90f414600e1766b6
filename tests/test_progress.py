"""Progress is reported, and does not change what is iterated."""

from motion_transfer.progress import no_progress, track


def test_items_pass_unchanged_and_each_is_reported_when_the_next_is_asked_for():
    reports = []
    items = track(iter("abc"), "spelling", 3, lambda *report: reports.append(report))
    assert reports == []
    assert next(items) == "a"
    assert reports == [("spelling", 0, 3)]
    assert next(items) == "b"
    assert reports[-1] == ("spelling", 1, 3)
    assert list(items) == ["c"]
    assert reports[-1] == ("spelling", 3, 3)


def test_an_unknown_total_stays_unknown():
    reports = []
    assert list(track([1], "counting", None, lambda *report: reports.append(report))) == [1]
    assert reports == [("counting", 0, None), ("counting", 1, None)]


def test_progress_can_be_ignored():
    assert list(track(range(3), "counting", 3, no_progress)) == [0, 1, 2]
