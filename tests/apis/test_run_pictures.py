from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from network_toy import HEIGHT, WIDTH, ColouredPatches, write_toy_run

from mlkd.apis import report
from mlkd.apis.run_pictures import chosen_images, run_sheet


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return write_toy_run(tmp_path / 'run')


def test_the_sheet_shows_stored_images_boxes_and_labels(toy: Path):
    sheet = run_sheet(toy, images=2)
    assert isinstance(sheet, Figure)
    left, right = sheet.axes[:2]
    shown = left.images[0].get_array()
    assert shown.shape == (HEIGHT, WIDTH, 3)
    # The first image with two labels is image 0: a red patch left of a green one.
    assert shown[20, 20].tolist() == [255, 0, 0]
    assert shown[20, 60].tolist() == [0, 255, 0]
    assert {text.get_text().split()[0] for text in left.texts} <= {'red', 'green', 'blue'}
    assert left.texts
    names = {text.get_text(): text.get_weight() for text in right.texts[::2]}
    assert names == {'red': 'bold', 'green': 'bold', 'blue': 'normal'}


def test_the_report_of_a_run_holds_the_sheet(toy: Path):
    report.write_report([toy], pictures=2)
    assert (toy / 'report' / 'pictures.png').is_file()
    assert '(pictures.png)' in (toy / 'report' / 'report.md').read_text()


def test_the_teacher_may_be_of_another_run(toy: Path, tmp_path: Path):
    (toy / 'teacher').rename(tmp_path / 'teacher')
    summary = json.loads((toy / 'summary.json').read_text())
    (toy / 'summary.json').write_text(json.dumps({**summary, 'reused': {'teacher': str(tmp_path)}}))
    assert isinstance(run_sheet(toy, images=2), Figure)


def test_images_are_spread_over_those_with_several_labels():
    dataset = ColouredPatches(30)
    assert chosen_images(dataset, 3) == [0, 12, 27]
    assert chosen_images(dataset, 12) == sorted(set(chosen_images(dataset, 12)))
    assert len(chosen_images(dataset, 12)) == 12
    assert chosen_images(ColouredPatches(2), 6) == [0, 1]
    assert all(np.sum(dataset.get_data_info(i)['gt_label']) == 2 for i in chosen_images(dataset, 10))


@pytest.mark.parametrize('missing', ['student.pth', 'teacher/network.pth'])
def test_what_is_not_there_is_named(toy: Path, missing: str):
    (toy / missing).unlink()
    assert run_sheet(toy) == f'{toy / missing} is not there'


def test_data_that_are_gone_give_no_sheet_but_a_reason(toy: Path):
    text = (toy / 'toy.py').read_text().replace('ColouredPatches', 'ColouredPatchs')
    (toy / 'toy.py').write_text(text)
    reason = run_sheet(toy)
    assert isinstance(reason, str)
    assert 'did you mean ColouredPatches' in reason


def test_networks_of_folds_are_found(toy: Path):
    (toy / 'teacher' / 'fold0').mkdir()
    (toy / 'teacher' / 'network.pth').rename(toy / 'teacher' / 'fold0' / 'network.pth')
    assert isinstance(run_sheet(toy, images=1), Figure)
