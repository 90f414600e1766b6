"""What the argument parser prints, with a frame, without one, and in colours."""

import pytest

from motion_transfer.cli.parser_errors import in_one_sentence, parser_errors
from motion_transfer.errors import ConfigError

FRAMED = """\
╭─ Value error ──────────────────────────────────────╮
│ Error parsing --start: no type matching {None}|FLO │
│ AT could be instantiated from ['abc'].             │
│                                                    │
│ Got errors:                                        │
│ - <class 'NoneType'>: ['abc'] does not match       │
│ ────────────────────────────────────────────────── │
│ Argument helptext:                                 │
│     --start SECONDS                                │
│     Seconds to begin at. (default: None)           │
│ ────────────────────────────────────────────────── │
│ For full helptext, see motion-transfer pose --help │
╰────────────────────────────────────────────────────╯
"""
BARE = """\
 Unrecognized options
 -------------------------------------------------------
  Unrecognized options: --stops, 5
  -------------------------------------------------------
  Perhaps you meant:
      --steps INT
          Optimiser steps; 0 for no bound. (default: 0)
  -------------------------------------------------------
  For full helptext, run motion-transfer train --help

"""


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        (FRAMED, "--start: ['abc'] does not fit; expected --start SECONDS"),
        (BARE, "unrecognized options: --stops, 5; perhaps you meant: --steps INT"),
        (
            BARE.replace("--stops", "\x1b[1m--stops\x1b[0m"),
            "unrecognized options: --stops, 5; perhaps you meant: --steps INT",
        ),
        ("", "these arguments cannot be read"),
    ],
)
def test_a_box_becomes_a_sentence(box, sentence):
    assert in_one_sentence(box) == sentence


def test_help_is_no_error_and_an_exit_is_one():
    with pytest.raises(SystemExit), parser_errors("x"):
        raise SystemExit(0)
    with pytest.raises(ConfigError, match=r"See `x --help`\."), parser_errors("x"):
        raise SystemExit(2)
