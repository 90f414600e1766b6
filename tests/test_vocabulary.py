"""The package is written in the field's words: those that the design replaces do not come back."""

import re
from pathlib import Path

import motion_transfer

PACKAGE = Path(motion_transfer.__file__).parent

REPLACED = """
    lesson crew board rules hire looks remember remembered appearance begin_transfer begun collage paint pieces
    learn_subject transfer_dance owners ownership stretch stretches claim_folder studied study likeness look_distance
    said portable facing hide_unseen SecondLook second_look confirmed crowd film films judge verdict figure figures
    followers HeldOutSheet wishes hand_over shortage told anew somebody nobody.knows room window windows whole quiet
"""
"""Each word as a regular expression."""

ALLOWED = {
    "figure": r"</?figure|figure {|\bfigure\.|Figure\(|import Figure|Canvas\w*\(figure\)|_draw\w*\(figure",
    "film": r"bt\|smpte",  # ffmpeg's name of primaries
    "quiet": r"--quiet|\.quiet\b|quiet:|quiet\)|quiet=|if quiet|not quiet|quiet else",  # the option
    "whole": r"Whole-Body",  # the title of a paper
    "window": r"smoothing window|pose\.window|window: Annotated|sliding_window_view|\"window\"",
    "windows": r"on Windows",
}
"""What a line must hold for the word to stay."""

SMOOTHING = ("pose/filters.py", "pose/cleaning/clean.py")  # files in which a window is always one of smoothing


def replaced_words() -> list[str]:
    """Every line of the package with a replaced word, as `file:line: word`."""
    found = []
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.jinja")]):
        name = path.relative_to(PACKAGE).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for word in REPLACED.split():
                if not re.search(rf"(?<![A-Za-z]){word}(?![A-Za-z])", line, re.IGNORECASE):
                    continue
                if (word in ALLOWED and re.search(ALLOWED[word], line)) or (word == "window" and name in SMOOTHING):
                    continue
                found.append(f"{name}:{number}: {word}")
    return found


def test_replaced_words_are_not_in_the_package():
    assert replaced_words() == []
