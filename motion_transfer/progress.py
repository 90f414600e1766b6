"""How long work tells its caller where it is, without knowing who listens."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

Report = Callable[[str, int, int | None], None]
"""Called as `report(stage, done, total)`; `total` is None while it is unknown."""


def silent(stage: str, done: int, total: int | None) -> None:
    """The report that nobody reads."""


def track(items: Iterable[Item], stage: str, total: int | None, report: Report) -> Iterator[Item]:
    """Pass `items` on unchanged, reporting each as done once its consumer asks for the next."""
    report(stage, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        report(stage, done, total)
