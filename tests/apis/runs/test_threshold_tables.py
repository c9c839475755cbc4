from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from mlkd.apis.report import write_report
from mlkd.apis.runs.picture_sections import PictureOptions
from mlkd.apis.runs.summaries import read_run
from mlkd.apis.runs.threshold_tables import kept_scores, threshold_note, threshold_table
from mlkd.engine.validation_scores import ValidationScores

NAMES = ('cat', 'dog', 'emu')


def drawn(seed: int = 0, tested: bool = False, names: tuple[str, ...] = NAMES) -> ValidationScores:
    rng = np.random.default_rng(seed)
    labels = (rng.random((80, len(names))) < 0.3).astype(np.int8)
    labels[:, -1] = 0
    scores = np.clip(0.4 * labels + 0.6 * rng.random(labels.shape), 0, 1).astype(np.float32)
    return ValidationScores(names, scores, labels, tested)


def test_numbers_against_scikit_learn() -> None:
    scores = drawn()
    table = threshold_table('S-Cls (w/)', scores)
    assert [row[0] for row in table.rows] == ['cat', 'dog', 'emu *', 'mean']
    for k in range(2):
        _, images, *at_half, threshold, p, r, f1, _ = table.rows[k]
        label = scores.labels[:, k]
        assert int(images) == label.sum()
        for at, numbers in ((0.5, at_half), (float(threshold), (p, r, f1))):
            said = scores.scores[:, k] > at
            wanted = [f(label, said) for f in (precision_score, recall_score, f1_score)]
            assert [float(x) for x in numbers] == pytest.approx([100 * x for x in wanted], abs=0.06)
        assert float(f1) >= float(at_half[2])
    assert table.rows[2][3:5] == ('-', '-')
    means = [np.mean([float(row[column]) for row in table.rows[:2]]) for column in (2, 3, 4, 6, 7, 8)]
    assert [float(table.rows[3][column]) for column in (2, 3, 4, 6, 7, 8)] == pytest.approx(means, abs=0.06)


def test_the_note_says_where_it_looks_better_than_it_is() -> None:
    assert 'test set' in threshold_note(drawn(tested=True))
    assert 'test set' not in threshold_note(drawn())
    assert '80 images' in threshold_note(drawn())


def test_which_scores(make_run: Callable[..., Path]) -> None:
    run = make_run('a', student=70.0, baseline=68.0, teacher=75.0)
    assert kept_scores(read_run(run)) == {}
    for folder, scores in (('baseline', drawn(1)), ('teacher/full', drawn(2)), ('student', drawn(3))):
        (run / folder).mkdir(parents=True)
        scores.write(run / folder)
    kept = kept_scores(read_run(run))
    assert list(kept) == ['S-Cls (w/)', 'S-Cls (w/o)', 'T-WDet']
    np.testing.assert_array_equal(kept['T-WDet'].scores, drawn(2).scores)
    # Of a stage that was taken over, those of the run that trained it.
    other = make_run('b', top={'reused': {'teacher': str(run)}}, student=70.0, teacher=75.0)
    assert list(kept_scores(read_run(other))) == ['T-WDet']


def test_the_report_has_a_section(make_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run('a', student=70.0)
    (run / 'student').mkdir()
    drawn(tested=True).write(run / 'student')
    folder = write_report([run], options=PictureOptions(photos=0))
    assert 'Thresholds of S-Cls (w/)' in capsys.readouterr().out
    assert '## Thresholds and calibration' in (folder / 'report.md').read_text()
    assert (folder / 'calibration.png').read_bytes()[:4] == b'\x89PNG'
    assert 'Thresholds and calibration' in (folder / 'report.html').read_text()
