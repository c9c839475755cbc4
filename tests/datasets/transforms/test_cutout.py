from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.transforms import Cutout
from mlkd.errors import ConfigError

HEIGHT, WIDTH = 44, 60


def holes(factor: float = 0.5, rounds: int = 800) -> list[tuple[int, int, int, int, tuple]]:
    """Top, left, bottom, right and colour of each rectangle."""
    np.random.seed(0)  # noqa: NPY002 - what transforms draw from
    found = []
    for _ in range(rounds):
        img = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        out = Cutout(factor)({'img': img})['img']
        rows, columns = (np.flatnonzero(out.any(2).any(axis)) for axis in (1, 0))
        if len(rows):  # The fill may be black.
            top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
            area = out[top:bottom, left:right]
            assert (area == area[0, 0]).all()
            found.append((top, left, bottom, right, tuple(area[0, 0])))
    return found


def test_half_of_each_side_cut_off_at_the_border() -> None:
    found = holes()
    heights, widths = [b - t for t, _, b, _, _ in found], [r - l for _, l, _, r, _ in found]
    assert (max(heights), max(widths)) == (HEIGHT // 2, WIDTH // 2)
    assert (min(heights), min(widths)) == (HEIGHT // 4, WIDTH // 4)
    inner = [row for row in found if row[0] > 0 and row[2] < HEIGHT and row[1] > 0 and row[3] < WIDTH]
    assert all((b - t, r - l) == (HEIGHT // 2, WIDTH // 2) for t, l, b, r, _ in inner)
    # Half of the centres, in each axis, are far enough from the border.
    assert len(inner) / len(found) == pytest.approx(0.25, abs=0.06)


def test_centre_and_colour_are_uniform() -> None:
    found = holes()
    inner = [t + HEIGHT // 4 for t, _, b, _, _ in found if t > 0 and b < HEIGHT]
    assert np.mean(inner) == pytest.approx(HEIGHT / 2, abs=1)
    assert set(inner) == set(range(HEIGHT // 4 + 1, HEIGHT - HEIGHT // 4))
    colours = np.array([colour for *_, colour in found])
    assert colours.mean(0).tolist() == pytest.approx([127.5] * 3, abs=10)
    assert colours.min() < 3
    assert colours.max() > 252
    assert len(np.unique(colours, axis=0)) > 790


def test_nothing_and_everything() -> None:
    assert not holes(0.0, 5)
    assert len(holes(1.0, 5)) == 5
    with pytest.raises(ConfigError, match=r'Cutout\.factor'):
        Cutout(1.5)
    frozen = np.zeros((8, 8, 3), np.uint8)
    frozen.flags.writeable = False
    assert Cutout()({'img': frozen})['img'] is not frozen
