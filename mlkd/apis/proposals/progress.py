"""The bar of what takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlkd.console import progress_bar


@contextmanager
def progress(text: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on the error stream, if that is a terminal, that goes away when all is done.

    Args:
        text: What is done.
        total: How much there is to do.

    Yields:
        To be called with how much more is done.
    """
    with progress_bar(transient=True) as bar:
        task = bar.add_task(text, total=total)
        yield lambda done: bar.advance(task, done)
