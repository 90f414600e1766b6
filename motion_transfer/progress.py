"""Progress callbacks for long-running work."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

ProgressCallback = Callable[[str, int, int | None], None]
"""Called as `report(stage, done, total)`; `total` is None while it is unknown."""


def no_progress(stage: str, done: int, total: int | None) -> None:
    """A no-op progress callback."""


def track(items: Iterable[Item], stage: str, total: int | None, progress: ProgressCallback) -> Iterator[Item]:
    """Pass `items` on unchanged, reporting each as done once its consumer asks for the next."""
    progress(stage, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress(stage, done, total)
