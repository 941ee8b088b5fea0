"""Do many independent acts at once, a bounded number of them under way.

When one fails no further one is begun and those under way are waited for, so that nothing of ours is still
happening when the caller decides what to do next.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def each(act: Callable[[A], B], items: Iterable[A], width: int) -> Iterator[B]:
    """Yield ``act(item)`` for every item, in the order they end; raises what the first failing act raised."""
    todo = iter(items)
    with ThreadPoolExecutor(width) as pool:
        under_way: set[Future[B]] = {pool.submit(act, item) for item in islice(todo, width)}
        while under_way:
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
            under_way |= {pool.submit(act, item) for item in islice(todo, len(ended))}
