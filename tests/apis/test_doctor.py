"""The doctor."""

from __future__ import annotations

import pytest

from mlkd.apis import doctor
from mlkd.apis.cli import main


def test_each_requirement_is_listed_with_its_range() -> None:
    rows = {name: (found, fits) for name, found, _, fits in doctor.version_rows()}
    assert {'torch', 'onedl-mmengine', 'numpy'} <= rows.keys()


def test_a_version_outside_its_range_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, 'version_rows', lambda: [('torch', '1.0', '>=2.6', False)])
    assert main(['doctor']) == 1
    assert 'pip install' in capsys.readouterr().out
