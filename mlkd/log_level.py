"""How much a logger of a library says for a while."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def log_level(logger: logging.Logger, level: int) -> Iterator[None]:
    """Records below ``level`` are dropped inside of the block (MMEngine's loggers do not hear of `logging.disable`)."""
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
