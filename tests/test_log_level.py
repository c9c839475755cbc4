from __future__ import annotations

import logging

import pytest
from mmengine.logging import MMLogger

from mlkd.log_level import log_level


@pytest.fixture(params=[logging.getLogger, MMLogger.get_instance], ids=['Python', 'MMEngine'])
def logger(request: pytest.FixtureRequest) -> logging.Logger:
    made = request.param('of_a_library')
    made.setLevel(logging.INFO)
    return made


class Heard(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def test_what_is_below_the_level_is_dropped_for_a_while(logger: logging.Logger) -> None:
    heard = Heard()
    logger.handlers = [heard]
    logger.warning('before')
    with log_level(logger, logging.ERROR):
        logger.warning('inside')
        logger.error('aloud')
    logger.info('after')
    assert heard.said == ['before', 'aloud', 'after']


def test_an_error_gives_the_level_back(logger: logging.Logger) -> None:
    with pytest.raises(KeyError), log_level(logger, logging.CRITICAL):
        raise KeyError
    assert logger.level == logging.INFO


def test_one_inside_another(logger: logging.Logger) -> None:
    with log_level(logger, logging.ERROR):
        with log_level(logger, logging.DEBUG):
            assert logger.level == logging.DEBUG
        assert logger.level == logging.ERROR
