from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import CAMItem, ClassMap, cam_sheet, png

CLASSES = ('cat', 'd$o{$g', 'cow')
IMAGE = np.full((20, 30, 3), 100, np.uint8)
HEAT = np.zeros((20, 30))
HEAT[5:10, 5:10] = 1


def class_map(label: int, **changes: object) -> ClassMap:
    return ClassMap(**{'label': label, 'heat': HEAT, 'highest': 2.5, **changes})  # type: ignore[arg-type]


def item(*maps: list[ClassMap]) -> CAMItem:
    return CAMItem(IMAGE, 'a$b{$.jpg', maps)


def test_the_image_then_the_maps_of_each_network_in_columns_of_their_own() -> None:
    first = item([class_map(0), class_map(1)], [class_map(0), class_map(1)])
    second = item([class_map(2)], [class_map(2, highest=0.0)])
    figure = cam_sheet([first, second], CLASSES, ['before', 'after'], title='t')
    titles = [axes.get_title(loc='left') for axes in figure.axes]
    assert titles[:5] == ['a$b{$.jpg', 'before: cat 2.5', 'before: d$o{$g 2.5', 'after: cat 2.5', 'after: d$o{$g 2.5']
    assert titles[5:] == ['a$b{$.jpg', 'before: cow 2.5', '', 'after: cow, nowhere', '']
    assert not figure.axes[7].images
    assert png(figure, dpi=30).startswith(b'\x89PNG')


def test_colour_where_the_map_is_and_the_picture_elsewhere() -> None:
    axes = cam_sheet([item([class_map(0)])], CLASSES, ['']).axes[1]
    pixels = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(pixels[15, 15], 100 / 255)
    assert np.ptp(pixels[7, 7]) > 0.2
    assert axes.get_title(loc='left') == 'cat 2.5'


def test_a_view_is_cut_through_its_key_point() -> None:
    maps = [class_map(0, key_point=(10.0, 4.0)), class_map(1, key_point=(15.0, 10.0), fell_back=True), class_map(2)]
    _, cut, middle, uncut = cam_sheet([item(maps)], CLASSES, ['']).axes
    ends = {tuple(np.concatenate(line.get_data()).tolist()) for line in cut.lines}
    # A cut before pixel 10 lies between the centres 9 and 10.
    assert ends == {(9.5, 9.5, -0.5, 19.5), (-0.5, 29.5, 3.5, 3.5), (9.5, 3.5)}
    assert [axes.lines[-1].get_marker() for axes in (cut, middle)] == ['*', 'o']
    assert not uncut.lines


def test_no_image() -> None:
    with pytest.raises(MLKDError, match='no image'):
        cam_sheet([], CLASSES, [''])
