"""What a generator of one's own gets for free."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.proposals import ProposalGenerator


class Corners(ProposalGenerator):
    """A plug-in."""

    def __init__(self, sides: tuple[int, ...] = (2, 4), name: str = 'corner') -> None:
        self.sides, self.name = sides, name

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        boxes = np.array([[0, 0, side, side] for side in self.sides], np.float32)
        return boxes, np.ones(len(boxes), np.float32)


def test_settings_are_the_constructor_arguments() -> None:
    assert Corners(name='x').settings == {'sides': (2, 4), 'name': 'x'}
    assert repr(Corners((1,))) == "Corners(sides=(1,), name='corner')"


def test_header_is_plain_json() -> None:
    assert Corners().header() == {'type': 'Corners', 'sides': [2, 4], 'name': 'corner'}


def test_must_be_callable() -> None:
    with pytest.raises(TypeError, match='__call__'):
        type('Half', (ProposalGenerator,), {})()
