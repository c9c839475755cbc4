from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlkd.apis.runs.picture_sections import MAPS, MISTAKES, NOT_SHOWN, TOGETHER, PictureOptions, RunPictures
from mlkd.apis.runs.summaries import read_run
from mlkd.visualization import Card

HEADS = ['What the networks see', 'Mistakes of S-Cls (w/)', 'Labels together']


@pytest.fixture
def run(shapes_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that may be changed."""
    monkeypatch.chdir(shapes_run.parent)
    shutil.copytree(shapes_run, tmp_path / 'run')
    return tmp_path / 'run'


def sections(run: Path, **options) -> dict[str, list]:
    return dict(RunPictures(run, read_run(run), PictureOptions(**options)).sections())


def test_all_parts_of_a_run_with_kept_scores(run: Path) -> None:
    found = sections(run, photos=2)
    assert list(found) == HEADS
    maps, mistakes, together = found.values()
    assert '2 photos from all 12 images of the validation set, a third each' in maps[0]
    assert sum(isinstance(part, Card) for part in maps) == 2
    assert [part.title for part in mistakes if isinstance(part, Card)][-1].count('threshold') == 1
    assert together[0][0] == 'cooccurrence.png'


@pytest.mark.parametrize('part', [MAPS, MISTAKES, TOGETHER])
def test_parts_can_be_left_out(run: Path, part: str) -> None:
    heads = list(sections(run, photos=1, without=[part]))
    assert heads == [head for head, name in zip(HEADS, (MAPS, MISTAKES, TOGETHER), strict=True) if name != part]


def test_without_photos_no_network_is_run(run: Path) -> None:
    (run / 'config.py').unlink()
    for network in run.rglob('network.pth'):
        network.unlink()
    assert list(sections(run, photos=0)) == ['Labels together']


def test_data_that_are_gone_are_said_and_the_rest_is_shown(run: Path) -> None:
    config = run / 'config.py'
    config.write_text(config.read_text().replace("type='Shapes'", "type='Shaped'"))
    found = sections(run, photos=2)
    assert list(found) == ['Labels together', NOT_SHOWN]
    assert 'Without photos.' in found[NOT_SHOWN][-1]
    assert "There is no dataset of type 'Shaped'." in found[NOT_SHOWN][-1]


def test_without_a_config_and_without_networks(run: Path) -> None:
    (run / 'config.py').unlink()
    (reason,) = sections(run, photos=2)[NOT_SHOWN]
    assert 'There is no such config file.' in reason


def test_a_run_that_kept_no_scores_is_run_on_a_sample(run: Path) -> None:
    for file in run.rglob('val_scores.npz'):
        file.unlink()
    found = sections(run, photos=3, seed=5)
    assert list(found) == HEADS
    assert '12 of 12 images that are tested on, drawn with seed 5' in found[HEADS[0]][0]


def test_a_single_student_alone(run: Path) -> None:
    for stage in ('teacher', 'baseline'):
        shutil.rmtree(run / stage)
    found = sections(run, photos=2)
    assert list(found) == HEADS
    cards = [part for part in found[HEADS[0]] if isinstance(part, Card)]
    assert [card.columns for card in cards] == [1, 1]
    assert '2 photos at random (seed 0)' in found[HEADS[0]][0]
