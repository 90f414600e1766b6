"""Progress callbacks for long-running work."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

ProgressCallback = Callable[[str, int, int | None], None]
"""Called as `report(stage, done, total)`; `total` is None while it is unknown."""


@contextmanager
def recorded_warnings() -> Iterator[list[str]]:
    """Collect the messages of the package's own warnings, instead of showing them."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            yield messages
        finally:
            messages += [str(warning.message) for warning in caught if warning.category is UserWarning]


def no_progress(stage: str, done: int, total: int | None) -> None:
    """A no-op progress callback."""


def track(items: Iterable[Item], stage: str, total: int | None, progress: ProgressCallback) -> Iterator[Item]:
    """Pass `items` on unchanged, reporting each as done once its consumer asks for the next."""
    progress(stage, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress(stage, done, total)
