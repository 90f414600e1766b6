"""The entry point: calls a verb, and prints errors as one sentence."""

import difflib
import io
import os
import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.version import __version__

VERBS = {
    "perform": "make the person of some footage perform a dance: train and transfer in one",
    "check": "check whether footage is good enough to train on",
    "train": "train a subject on footage of the target person",
    "transfer": "make a subject perform a dance",
    "mix": "make a subject with the face of one and the clothes of another",
    "evaluate": "measure how good a result is",
    "verify": "tell whether a file is marked as generated, by whom, and whether it was changed since",
    "probe": "show the properties of a video",
    "pose": "estimate poses in every frame of a video",
    "normalise": "move poses to a subject's place and size",
    "draw": "draw poses as the generator sees them",
    "synthesise": "generate the subject's frames from normalised poses",
    "encode": "encode a video again, with the sound of another",
    "batch": "make many transfers with several workers; run again, it resumes",
    "batch-train": "train many subjects with several workers; run again, it resumes",
    "cache": "show or clear the cache of poses",
    "show": "show what a subject is, and who agreed to be shown",
    "consent": "record who agreed to be shown by a subject, how and when",
    "pack": "write a subject to one file, for handing it on",
    "unpack": "take in a packed subject, after a check",
    "forget": "remove a person: a subject and all that was derived from its footage",
    "import-edn": "convert checkpoints of Everybody Dance Now to a subject",
}

MODULES = {"batch-train": "batch"} | dict.fromkeys(("normalise", "draw", "synthesise", "encode"), "stages")
MODULES |= dict.fromkeys(("show", "consent", "pack", "unpack", "forget"), "subjects")
"""Where verbs are that do not have a module of their own."""

RENAMED = {("perform", "person"): "dancer"}
"""Settings that a verb has under another name, since its own `--person` is the footage."""

USAGE = f"""\
usage: motion-transfer DANCE --person FOOTAGE --out RESULT
       motion-transfer VERB ...

Make one person perform another person's dance.

  motion-transfer dance.mp4 --person me.mp4 --out me-dancing.mp4

or in two steps, with more to choose:

  motion-transfer train me.mp4 --out me
  motion-transfer transfer dance.mp4 --subject me --out me-dancing.mp4

verbs:
{chr(10).join(f"  {verb:<12}{summary}" for verb, summary in VERBS.items())}

  motion-transfer VERB --help    the verb's arguments and every setting
  motion-transfer --version

Every verb takes --json (result for machines on standard output), --quiet and --debug (show tracebacks).
"""

USER_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 done, 2 the input cannot be used, 130 interrupted."""
    words = _with_verb(list(sys.argv[1:] if arguments is None else arguments))
    _open_streams()
    try:
        try:
            with _orderly_end(), _plain_warnings(words):
                return _run(words)
        finally:  # also after a parser's help, which ends by SystemExit
            sys.stdout.flush()
    except MotionTransferError as error:
        _explain(f"{type(error).__name__}: {error}", words)
        return USER_ERROR
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if not _is_of_output(error):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left in its buffer
        if isinstance(error, BrokenPipeError):  # the reader of our output, such as `head`, closed it
            return 0
        _explain(f"OutputError: standard output cannot be written ({error.strerror}). Choose another place.", words)
        return USER_ERROR


def _with_verb(words: list[str]) -> list[str]:
    """The words, with `perform` before them where they begin with a file or an option and not with a verb."""
    if not words or words[0] in (*VERBS, "-h", "--help", "help", "--version"):
        return words
    short = words[0].startswith("-") or os.path.splitext(words[0])[1] or os.path.exists(words[0])
    return ["perform", *words] if short else words


def _open_streams() -> None:
    """Open standard streams that are closed to nowhere, lest a file gets their number; let them take every name."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest free number, this one
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_of_output(error: OSError) -> bool:
    """Whether standard output could not be written: then the error names no file, and it happens again."""
    if error.filename is not None:
        return False
    if isinstance(error, BrokenPipeError):
        return True
    try:
        sys.stdout.flush()
        os.write(sys.stdout.fileno(), b"\n")
    except (OSError, ValueError):
        return True
    return False


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if words else USER_ERROR
    if words[0] == "--version":
        print(f"motion-transfer {__version__}")
        return 0
    verb, arguments = words[0], words[1:]
    if verb not in VERBS:
        match = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f'; did you mean "{match[0]}"?' if match else "."
        raise ConfigError(f'there is no verb "{verb}"{hint} Known: {", ".join(VERBS)}.')
    return getattr(_module(verb), verb.replace("-", "_"))(arguments) or 0


@contextmanager
def _orderly_end() -> Iterator[None]:
    """Let SIGTERM end the work as Ctrl-C does, so that no incomplete file is left."""
    if threading.current_thread() is not threading.main_thread():  # Python allows no signal handlers there
        yield
        return
    before, hook = signal.signal(signal.SIGTERM, signal.default_int_handler), sys.unraisablehook

    def again(ignored: Any) -> None:
        """Python goes on where an interruption meets the end of an object: then it comes a second time."""
        if ignored.exc_type is KeyboardInterrupt:
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()
        else:
            hook(ignored)

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _plain_warnings(words: list[str]) -> Iterator[None]:
    """Show a warning of our own as one sentence, without the place in the code."""
    before = warnings.formatwarning

    def sentence(message: Warning | str, category: type[Warning], *place: Any) -> str:
        return (
            f"warning: {rendered(str(message), words[0])}\n"
            if category is UserWarning
            else before(message, category, *place)
        )

    warnings.formatwarning = sentence  # type: ignore[assignment]
    try:
        yield
    finally:
        warnings.formatwarning = before


def _explain(message: str, words: list[str]) -> None:
    if "--debug" in words:
        traceback.print_exc()
    print(rendered(message, words[0] if words else ""), file=sys.stderr)


def rendered(message: str, verb: str) -> str:
    """A message of the library for the terminal.

    The settings that it names, such as `model.width`, become options of the verb where it has them: --model.width.
    Characters that control a terminal, as names of files may have them, are escaped, except a list's line breaks.
    """
    message = re.sub(r"\n(?!  )|[\x00-\x09\x0b-\x1f\x7f]", lambda found: repr(found[0])[1:-1], message)
    known = _options_of(verb)

    def option(found: re.Match[str]) -> str:
        name = RENAMED.get((verb, found[1]), found[1])
        return f"--{name.replace('_', '-')}" if name in known else found[0]

    return re.sub(r"`([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?)`", option, message)


@cache
def _options_of(verb: str) -> frozenset[str]:
    """The names of a verb's arguments, and of settings with their stages, as they stand in Python."""
    if verb not in VERBS:
        return frozenset()
    from motion_transfer.cli.arguments import argument_names

    return argument_names(getattr(_module(verb), verb.title().replace("-", "")))


def _module(verb: str) -> Any:
    return import_module(f"motion_transfer.cli.verbs.{MODULES.get(verb, verb.replace('-', '_'))}")
