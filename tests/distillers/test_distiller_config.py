from __future__ import annotations

from typing import Any

import pytest

from mlkd.distillers.distiller_config import check_distiller, with_num_classes
from mlkd.distillers.terms import PredKD
from mlkd.errors import ConfigError

TEACHERS = {'wsd': {'model': {'type': 'WSDDN'}, 'checkpoint': 'wsd.pth'}, 'ema': {'average': {'decay': 0.9}}}
TERMS = {'pred': {'type': 'PredKD', 'teacher': 'wsd'}}


def test_what_is_right_passes() -> None:
    check_distiller(TERMS, TEACHERS)
    check_distiller(TERMS, TEACHERS, 0, ['backbone'])
    check_distiller({}, {}, 1)


@pytest.mark.parametrize(
    ('change', 'where'),
    [
        ({'terms': {'task': TERMS['pred']}}, 'terms.task'),
        ({'terms': {'my_loss': TERMS['pred']}}, 'terms.my_loss'),
        ({'terms': {'a.b': TERMS['pred']}}, 'terms.a.b'),
        ({'terms': {'pred': 'PredKD'}}, 'terms.pred'),
        ({'terms': {'pred': {'teacher': 'wsdd'}}}, 'terms.pred.teacher'),
        ({'terms': {}, 'task_weight': 0}, 'terms'),
        ({'teachers': {'wsd': 'wsd.pth'}}, 'teachers.wsd'),
        ({'teachers': {'wsd': {**TEACHERS['wsd'], 'weights': 'x'}}}, 'teachers.wsd'),
        ({'teachers': {'wsd': TEACHERS['wsd'], 'ema': {'average': {'decay': 2}}}}, 'teachers.ema'),
        ({'task_weight': '1'}, 'task_weight'),
        ({'train_only': 'backbone'}, 'train_only'),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_distiller(**{'terms': TERMS, 'teachers': TEACHERS, **change})
    assert str(caught.value.where).startswith(where)


def test_the_number_of_classes_goes_to_terms_that_take_it() -> None:
    term = TERMS['pred']
    assert with_num_classes(term, 20) == {**term, 'num_classes': 20}
    assert with_num_classes({**term, 'type': PredKD}, 20)['num_classes'] == 20
    assert with_num_classes({**term, 'num_classes': 5}, 20)['num_classes'] == 5
    assert with_num_classes(term, None) == term
    assert with_num_classes({'type': 'FeatureKD'}, 20) == {'type': 'FeatureKD'}
