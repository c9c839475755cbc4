"""What a generator took."""

from __future__ import annotations

from mlkd.proposals.timing import Timing


def test_what_each_image_took() -> None:
    assert str(Timing(4, 2.0, 3)) == '0.5 s per image and process (4 images, 3 processes)'
    assert str(Timing(3, 1.0)) == '0.333 s per image and process (3 images, 1 processes)'
    assert str(Timing()) == '0 s per image and process (0 images, 1 processes)'
