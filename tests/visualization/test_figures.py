from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.visualization.figures import PALETTE, caption, new_figure, png, save_png


def drawing(colour: str):
    figure = new_figure(2, 1)
    figure.add_subplot().plot([0, 1], [0, 1], color=colour)
    return figure


def test_the_same_figure_gives_the_same_bytes_and_another_one_others():
    assert png(drawing(PALETTE[0])) == png(drawing(PALETTE[0]))
    assert png(drawing(PALETTE[0])) != png(drawing(PALETTE[1]))


@pytest.mark.parametrize(
    ('parts', 'text'),
    [
        (['a.jpg'], 'a.jpg'),
        (['cat (50 %)', 'dog (9 %)'], 'cat (50 %)   dog (9 %)'),
        (
            ['chair (94 %)', 'diningtable (85 %)', 'pottedplant (31 %)'],
            'chair (94 %)   diningtable (85 %)\npottedplant (31 %)',
        ),
        (['f/' * 20 + 'name.jpg: 2000 boxes, 0.2 to 0.1'], 'f/' * 20 + 'name\n.jpg: 2000 boxes, 0.2 to 0.1'),
        (['new\nline.jpg'], 'new line.jpg'),
        ([], ''),
    ],
)
def test_captions_stay_in_their_place(parts: list[str], text: str):
    axes = new_figure(2, 1).add_subplot()
    caption(axes, parts)
    assert axes.get_title(loc='left') == text


def test_letters_that_the_font_does_not_have_are_no_news(recwarn: pytest.WarningsRecorder):
    figure = new_figure(2, 1)
    figure.suptitle('写真')
    assert png(figure)
    assert [str(warning.message) for warning in recwarn] == []


def test_a_file_holds_the_figure_in_its_size(tmp_path: Path):
    path = save_png(drawing('black'), tmp_path / 'deep' / 'figure.png', dpi=100)
    image = cv2.imread(str(path))
    assert image.shape == (100, 200, 3)
    assert image[0, 0].tolist() == [255, 255, 255]
    assert len(np.unique(image)) > 1
