from __future__ import annotations

import subprocess
import sys

import pytest
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.registry import Registry

from mlkd import registry
from mlkd.registry import GENERATORS, MODELS, PROPOSAL_FORMATS, TRANSFORMS

ALL = {name: value for name, value in vars(registry).items() if isinstance(value, Registry)}


@pytest.mark.parametrize('name', ALL)
def test_each_is_of_the_scope_and_says_where_its_parts_are(name: str) -> None:
    assert ALL[name].scope == 'mlkd'
    assert all(location.startswith('mlkd') for location in ALL[name]._locations)
    assert ALL[name]._locations


@pytest.mark.parametrize('name', sorted(set(ALL) - {'GENERATORS', 'PROPOSAL_FORMATS'}))
def test_each_is_a_child_of_mmdetections_or_mmengines(name: str) -> None:
    parent = ALL[name].parent
    assert parent is not None
    assert parent.scope in ('mmdet', 'mmengine')


def test_networks_of_all_three_are_found_without_a_prefix() -> None:
    found = [MODELS.get(name) for name in ('MultiLabelClassifier', 'FasterRCNN', 'BaseTTAModel')]
    assert [each.__module__.split('.')[0] for each in found] == ['mlkd', 'mmdet', 'mmengine']
    assert TRANSFORMS.get('PackMultiLabel').__module__.startswith('mlkd.')


def test_ones_own_kinds_are_found_before_anything_is_imported_by_hand() -> None:
    assert GENERATORS.get('SelectiveSearch').__module__.startswith('mlkd.proposals.generators')
    assert PROPOSAL_FORMATS.get('wetectron').__module__ == 'mlkd.proposals.formats.wetectron'


def test_configs_may_name_one_of_mlkds_as_their_base() -> None:
    assert MODULE2PACKAGE['mlkd'] == 'mlkd'


def test_what_is_found_does_not_hang_on_what_is_imported() -> None:
    code = (
        'from mlkd.registry import *; print(METRICS.get("CocoMetric").__module__, TRANSFORMS.get("Resize").__module__)'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True, timeout=300)
    metric, transform = done.stdout.split()
    assert metric == 'mmdet.evaluation.metrics.coco_metric'
    # MMCV has a transform of this name too.
    assert transform == 'mmdet.datasets.transforms.transforms'
