"""Who agreed to be shown."""

from datetime import date, timedelta

import pytest

from motion_transfer.errors import ConfigError
from motion_transfer.marking.consent import consent_digest, describe_consent, keep_consent, parse_consent


def test_a_line_says_who_agreed_how_and_when():
    record = parse_consent("Doe, Ada, in writing, 2026-01-31")
    assert (record["name"], record["how"], record["date"]) == ("Doe, Ada", "in writing", "2026-01-31")
    assert describe_consent({"consent": record}) == "Doe, Ada, in writing, 2026-01-31"


def test_the_digest_does_not_give_the_name_away():
    line = "Ada Doe, in writing, 2026-01-31"
    assert consent_digest({"consent": parse_consent(line)}) != consent_digest({"consent": parse_consent(line)})


@pytest.mark.parametrize(
    "line",
    ["", "Ada", "Ada, 2026-01-31", ", in writing, 2026-01-31", "Ada, in writing, yesterday", "A\n, b, 2026-01-31"],
)
def test_an_incomplete_line_is_refused(line):
    with pytest.raises(ConfigError, match=r"`consent` is .* expected who agreed, how and on which day"):
        parse_consent(line)


def test_consent_is_not_of_tomorrow():
    with pytest.raises(ConfigError, match="which is to come"):
        parse_consent(f"Ada, in writing, {date.today() + timedelta(days=2)}")


def test_a_later_run_keeps_what_an_earlier_one_was_given(tmp_path):
    assert keep_consent(tmp_path, None) is None
    record = parse_consent("Ada, in writing, 2026-01-31")
    keep_consent(tmp_path, record)
    assert keep_consent(tmp_path, None) == record


@pytest.mark.parametrize("record", [{}, {"consent": None}, {"consent": {"name": "Ada"}}, {"consent": [1]}])
def test_a_record_that_is_none_has_no_digest(record):
    assert consent_digest(record) == ""
    assert describe_consent(record) == "not recorded"
