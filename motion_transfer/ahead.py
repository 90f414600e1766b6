"""Stages that work at the same time: `map` in threads of its own."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

Before = TypeVar("Before")
After = TypeVar("After")

THREAD = "motion-transfer-ahead"


def ahead(work: Callable[[Before], After], items: Iterable[Before], threads: int = 1) -> Generator[After, None, None]:
    """`map(work, items)`, done in threads of its own while the consumer works on the results before.

        for frame in ahead(finish, ahead(prepare, poses)):
            write(frame)

    Nothing is done before the first result is asked for, and then `threads` + 1 items are at work or done, and not yet
    asked for. Results come in the order of their items, and so does the first error. Whichever way the iteration ends
    (exhausted, by an error, closed, or garbage), `items` is closed and the threads have ended.

    Args:
        work: called in those threads; one at a time, and in order, where there is one.
        items: advanced and closed in the consumer's thread.
        threads: how many.
    """
    pool = ThreadPoolExecutor(threads, THREAD)
    pending: deque[Future[After]] = deque()
    try:
        for one in _submit(pool, work, items):
            pending.append(one)
            if len(pending) > threads + 1:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        with suppress(AttributeError):  # not all iterables can be closed
            items.close()  # type: ignore[attr-defined]


def _submit(
    pool: ThreadPoolExecutor, work: Callable[[Before], After], items: Iterable[Before]
) -> Iterator[Future[After]]:
    try:
        for item in items:
            yield pool.submit(work, item)
    except Exception as error:  # of an earlier stage: results that are there come before it
        failed: Future[After] = Future()
        failed.set_exception(error)
        yield failed
