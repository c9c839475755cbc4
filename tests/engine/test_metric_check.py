"""What is wrong with a metric of a test is told before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engine_toy import toy_recipe, train

from mlkd.errors import ConfigError


@pytest.mark.parametrize('metric', [{'topk': 0}, {'threshold': 'half'}])
@pytest.mark.parametrize('form', ['one', 'list'])
def test_before_the_first_stage(tmp_path: Path, metric: dict[str, Any], form: str) -> None:
    good, bad = {'type': 'MultiLabelMetric'}, {'type': 'MultiLabelMetric', **metric}
    test, path = {'one': (bad, ''), 'list': ([good, bad], '.1')}[form]
    with pytest.raises(ConfigError) as caught:
        train({**toy_recipe(tmp_path), 'test_evaluator': test})
    assert f'test_evaluator{path}.MultiLabelMetric.{next(iter(metric))}' in str(caught.value.where)
    assert not list(tmp_path.rglob('*.pth'))
