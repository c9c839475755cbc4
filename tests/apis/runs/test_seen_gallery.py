from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scored_toy import AFTER, BEFORE, LABELS, scored

from mlkd.apis.runs.picture_sections import PictureOptions, RunPictures
from mlkd.apis.runs.scored_images import Photos, ScoredImages
from mlkd.apis.runs.seen_gallery import Choice, choice_note, chosen_photos, margins, seen_cards
from mlkd.apis.runs.summaries import read_run


def test_margins_by_hand() -> None:
    np.testing.assert_allclose(margins(AFTER, LABELS)[[0, 1, 3, 4]], [0.8, 0.3, 0.2, 0.2])
    assert np.isnan(margins(AFTER, LABELS)[2])
    # The open label of image 3 counts as neither; without absent labels nothing is taken off.
    assert margins(np.array([[0.7, 0.9]]), np.array([[1, -1]])).tolist() == [0.7]


def test_a_third_gains_a_third_loses_a_third_is_drawn() -> None:
    gain = margins(AFTER, LABELS) - margins(BEFORE, LABELS)
    np.testing.assert_allclose(gain[[0, 1, 3, 4]], [1.5, -0.2, -0.6, 0])
    chosen = chosen_photos(scored(), 'before', 'after', 3, seed=0)
    assert chosen[:2] == [Choice(0, 'gains most, +1.50'), Choice(3, 'loses most, -0.60')]
    assert chosen[2].reason == 'at random'
    # The image without labels is never among them, and none is twice.
    assert sorted(one.row for one in chosen_photos(scored(), 'before', 'after', 99, seed=1)) == [0, 1, 3, 4]


def test_the_same_seed_draws_the_same() -> None:
    large = scored()
    labels = np.tile(LABELS, (40, 1))
    large = ScoredImages(large.classes, labels, {}, large.thresholds, large.source, None)
    first = chosen_photos(large, None, 'after', 6, seed=3)
    assert first == chosen_photos(large, None, 'after', 6, seed=3)
    assert first != chosen_photos(large, None, 'after', 6, seed=4)
    assert {one.reason for one in first} == {'at random'}
    assert 'at random (seed 3)' in choice_note(large, 6, 3, both=False)
    assert 'a third each' in choice_note(large, 6, 3, both=True)


@pytest.fixture
def pictures(shapes_run: Path, monkeypatch: pytest.MonkeyPatch) -> RunPictures:
    monkeypatch.chdir(shapes_run.parent)
    return RunPictures(shapes_run, read_run(shapes_run), PictureOptions(2))


def test_networks_side_by_side_with_boxes_and_scores(pictures: RunPictures) -> None:
    assert pictures.scored is not None
    row = int(np.flatnonzero((pictures.scored.labels == 1).sum(axis=1) >= 2)[0])
    (card,), reasons = seen_cards(pictures.networks, pictures.scored, [Choice(row, 'why')])
    assert reasons == []
    present = [pictures.scored.classes[k] for k in np.flatnonzero(pictures.scored.labels[row] == 1)]
    assert card.columns == 3
    assert len(card.photos) == 3 * min(len(present), 3)
    assert [photo.lines[1] for photo in card.photos[:3]] == ['before: S-Cls (w/o)', 'after: S-Cls (w/)', 'T-WDet']
    assert card.title.endswith('(why)')
    assert card.lead is not None
    assert 'best boxes of the teacher' in card.lead.alt
    assert card.table is not None
    assert card.table.columns == ('label', 'in the photo', 'before: S-Cls (w/o)', 'after: S-Cls (w/)', 'T-WDet')
    assert [line[:2] for line in card.table.rows[: len(present)]] == [(name, 'yes') for name in present]
    assert [line[1] for line in card.table.rows[len(present) :]] == ['no', 'no']
    # The scores are those that the run kept.
    kept = pictures.scored.scores['S-Cls (w/)'][row]
    for line in card.table.rows:
        assert float(line[3]) == pytest.approx(kept[pictures.scored.classes.index(line[0])], abs=0.0051)


def test_photos_and_networks_that_fail_are_left_out_and_named(pictures: RunPictures) -> None:
    assert pictures.scored is not None
    assert pictures.scored.photos is not None
    broken = dataclasses.replace(pictures.scored, photos=Photos(_Missing(), np.arange(12)))
    assert seen_cards(pictures.networks, broken, [Choice(0, '')]) == (
        [],
        ['A photo is not shown: There is no such image. (nowhere.png)'],
    )
    pictures.networks[2].pipeline.proposer.generator.generator.stride = 'wrong'
    cards, reasons = seen_cards(pictures.networks, pictures.scored, [Choice(0, ''), Choice(1, '')])
    assert [card.columns for card in cards] == [2, 2]
    assert len(reasons) == 1
    assert reasons[0].startswith('T-WDet is not shown')


class _Missing:
    def get_data_info(self, index: int) -> dict:
        return {'img_path': 'nowhere.png', 'img_key': 'nowhere.png'}
