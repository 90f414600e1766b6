"""The marks of a result: what is known of its origin where it is made."""

from collections.abc import Mapping
from pathlib import Path

from motion_transfer.config.options import MarkingOptions, TransferOptions
from motion_transfer.marking.consent import consent_digest
from motion_transfer.marking.marks import Marks, make_marks
from motion_transfer.marking.statement import Ingredient, Statement
from motion_transfer.subject import Subject
from motion_transfer.synthesis.backdrop import background_file
from motion_transfer.types import StrPath
from motion_transfer.workflows.record import hash_footage


def mark(
    subject: Subject,
    sources: Mapping[str, StrPath],
    options: MarkingOptions = MarkingOptions(),
    *,
    composite: bool = False,
) -> Marks:
    """The marks of a video of the subject, for `VideoWriter`.

    Args:
        subject: the person shown.
        sources: what else it is made from: files by their role, such as {"dance": "dance.mp4"}. Their names and hashes
            are kept, not their folders.
        options: whether and by whom it is signed, and what is to be read in the picture.
        composite: whether the picture has parts of the sources, unchanged.

    Raises:
        ConfigError: the file to sign with cannot be read or cannot sign; the label cannot be drawn.
        VideoError: a source cannot be read.
    """
    ingredients = [Ingredient("subject", subject.title or "an unsaved subject", subject.sha256)]
    if options.credentials:
        ingredients += [Ingredient(role, Path(path).name, hash_footage(Path(path))) for role, path in sources.items()]
    marks = make_marks(Statement(tuple(ingredients), composite, consent_digest(subject.record)), options)
    if marks.label is not None:
        marks.label.check_fits(subject.size)
    return marks


def mark_transfer(subject: Subject, dance: StrPath, options: TransferOptions) -> Marks:
    """The marks of the result of a transfer; errors as of `mark`."""
    behind = background_file(options.background)
    sources: dict[str, StrPath] = {"dance": dance} | ({"background": behind} if behind is not None else {})
    composite = behind is not None or options.background == "source" or options.side_by_side
    return mark(subject, sources, options, composite=composite)
