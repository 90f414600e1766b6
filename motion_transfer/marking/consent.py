"""The record of who agreed to be shown, how and when."""

import hashlib
import json
import secrets
import warnings
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from motion_transfer.errors import ConfigError, SubjectError
from motion_transfer.files import atomic_path
from motion_transfer.loading import Expected, read_json

FORM = "NAME, in writing, 2026-11-20"
EXPECTED = Expected("a record of consent", SubjectError, "Delete it and give `consent` again.")
LONGEST = 200  # characters of a name, and of how consent was given


def parse_consent(text: str) -> dict[str, str]:
    """The record that a line such as "Ada Doe, in writing, 2026-11-20" makes: who agreed, how, and on which day.

    It has a number drawn by chance, so that nobody who is given its digest can find the name by trying names.

    Raises:
        ConfigError: the line has another form, or a day that has not come.
    """
    name, how, day = (part.strip() for part in ["", "", *text.rsplit(",", 2)][-3:])
    try:
        when = date.fromisoformat(day)
    except ValueError:
        when = None
    if when is None or not name or not how or max(len(name), len(how)) > LONGEST or not text.isprintable():
        raise ConfigError(f'`consent` is {text[:80]!r}; expected who agreed, how and on which day, as "{FORM}".')
    if when > datetime.now(UTC).astimezone().date():
        raise ConfigError(f"`consent` is of {day}, which is to come; expected the day on which it was given.")
    return {"name": name, "how": how, "date": when.isoformat(), "salt": secrets.token_hex(16)}


def keep_consent(training: Path, given: dict[str, str] | None) -> dict[str, str] | None:
    """The record that is given, kept in the training folder for later runs; without one, what an earlier run kept."""
    place = training / "consent.json"
    if given is None:
        return read_json(place, EXPECTED) if place.exists() else None
    with atomic_path(place) as path:
        path.write_text(json.dumps(given, indent=2) + "\n", encoding="utf-8")
    return given


def consent_of(record: dict[str, Any]) -> dict[str, str] | None:
    """The record of consent in a subject's record; None where there is none."""
    consent = record.get("consent")
    complete = isinstance(consent, dict) and all(isinstance(consent.get(key), str) for key in ("name", "how", "date"))
    return consent if complete else None


def describe_consent(record: dict[str, Any]) -> str:
    """Who agreed, how and when, in a line."""
    consent = consent_of(record)
    return f"{consent['name']}, {consent['how']}, {consent['date']}" if consent else "not recorded"


def consent_digest(record: dict[str, Any]) -> str:
    """SHA-256 of the record of consent, in hexadecimal; empty where there is none."""
    consent = consent_of(record)
    return hashlib.sha256(json.dumps(consent, sort_keys=True).encode()).hexdigest() if consent else ""


def warn_without_consent(title: str, record: dict[str, Any]) -> None:
    """Say in a line that nothing is known of the consent of the person who is shown."""
    if consent_of(record) is None:
        warnings.warn(
            f"{title or 'the subject'} has no record of consent. Once the person has agreed, record it: "
            f'motion-transfer consent SUBJECT "{FORM}".',
            stacklevel=2,
        )
