"""What the argument parser refuses, in one sentence: it prints boxes with help and the types that it has tried."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

from motion_transfer.errors import ConfigError

RULE = re.compile(r"[─-]{5,}|╰─+╯")
HELP_INDENT = 8  # columns before an argument's help, which is left out; those before an argument are fewer


@contextmanager
def parser_errors(command: str) -> Iterator[None]:
    """Let the parser, which prints an error and exits, raise it.

    Args:
        command: whose `--help` is the remedy.

    Raises:
        ConfigError: the parser refused the arguments.
    """
    printed = io.StringIO()
    try:
        with redirect_stderr(printed):
            yield
    except SystemExit as end:
        if end.code in (0, None):  # help
            raise
        raise ConfigError(f"{in_one_sentence(printed.getvalue())}. See `{command} --help`.") from None


def in_one_sentence(box: str) -> str:
    """The content of a box that the parser printed, with or without a frame, without its end."""
    _, *lines = re.sub(r"\x1b\[[\d;]*m", "", box).strip().splitlines() or [""]
    sections: list[list[str]] = [[]]
    for line in lines:
        line = re.sub(r"^(│ |  )|[│\s]+$", "", line)
        if RULE.fullmatch(line.strip()):
            sections.append([])
        elif line:
            sections[-1].append(line)
    return "; ".join(filter(None, map(_phrase, sections))) or "these arguments cannot be read"


def _phrase(section: list[str]) -> str:
    """A section's text, then its arguments."""
    text = " ".join(line for line in section if not line.startswith(" "))
    arguments = [line.strip() for line in section if line.startswith(" ") and line[:HELP_INDENT].strip()]
    if not section or text.startswith("For full helptext"):
        return ""
    if text.startswith("Argument helptext"):
        return f"expected {arguments[0]}" if arguments else ""
    text = re.sub(r"^Error parsing ", "", text.partition(" Got errors:")[0])
    text = re.sub(r"no type matching .* could be instantiated from (\[.*\])", r"\1 does not fit", text).rstrip(".")
    return f"{text[:1].lower()}{text[1:]} {', '.join(arguments)}".strip()
