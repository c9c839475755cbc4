"""The command; what it writes is tested with the runs that it is of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from published_run import train

from mlkd.apis.cli import main_of
from mlkd.engine.validation_scores import VAL_SCORES, ValidationScores
from mlkd.published import STUDENT_FILE, load_student


def test_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    folder = train(tmp_path / 'run', stages=['student'])
    (folder / STUDENT_FILE).unlink()
    assert main_of('publish', [str(folder)]) == 0
    printed = capsys.readouterr().out
    student = load_student(folder / STUDENT_FILE, 'cpu')
    assert 'chosen on the validation set for f1' in printed
    for name, threshold in zip(student.classes, student.thresholds, strict=True):
        assert name in printed
        assert f'{threshold:.3f}' in printed
    assert main_of('publish', [str(folder), '--precision', '0.9', '--out', 'strict.safetensors']) == 0
    assert load_student('strict.safetensors', 'cpu').description.threshold_rule == 'precision 0.9'
    assert main_of('publish', [str(folder), '--precision', '90']) == 1
    assert '--precision' in capsys.readouterr().err
    # A run that kept no scores; then they are found out, and are those that it would have kept.
    before = ValidationScores.read(folder / 'student')
    (folder / 'student' / VAL_SCORES).unlink()
    assert main_of('publish', [str(folder)]) == 0
    assert '--measure' in capsys.readouterr().out
    assert main_of('publish', [str(folder), '--measure']) == 0
    after = ValidationScores.read(folder / 'student')
    assert before is not None
    assert after is not None
    np.testing.assert_allclose(after.scores, before.scores, atol=1e-6)
    np.testing.assert_array_equal(after.labels, before.labels)
    assert (after.classes, after.tested) == (before.classes, before.tested)
    assert load_student(folder / STUDENT_FILE, 'cpu').thresholds == pytest.approx(student.thresholds, abs=1e-6)
