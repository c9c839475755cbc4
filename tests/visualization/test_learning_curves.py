from __future__ import annotations

import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import Curves, learning_curves, png

LOSSES = {'loss': {1: 3.0, 2: 2.0}, 'ce.loss': {1: 2.0, 2: 1.5}, 'kd.loss': {1: 1.0, 2: 0.5}, 'lr': {1: 0.1}}


def test_a_column_per_stage_with_losses_above_and_the_metric_below():
    figure = learning_curves(
        {'teacher': Curves(LOSSES, {'mAP': {1: 10.0, 2: 20.0}}), 'feature': Curves(LOSSES), 'empty': Curves()}
    )
    above, below = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title(loc='left') for axes in above] == ['teacher', 'feature']
    assert [line.get_label() for line in above[0].lines] == ['loss', 'ce.loss', 'kd.loss']
    assert below[0].lines[0].get_ydata().tolist() == [10.0, 20.0]
    assert not below[1].axison
    assert png(figure, dpi=30).startswith(b'\x89PNG')


def test_one_part_of_the_loss_is_the_loss():
    figure = learning_curves({'a': Curves({'loss': {1: 1.0}, 'loss_cls': {1: 1.0}})})
    assert [line.get_label() for line in figure.axes[0].lines] == ['loss']


def test_a_metric_with_a_prefix_is_found_but_not_one_of_the_top_k():
    curves = Curves({}, {'top3/mAP': {1: 1.0}, 'voc/mAP': {1: 2.0}})
    assert learning_curves({'a': curves}).axes[1].lines[0].get_ydata().tolist() == [2.0]


def test_nothing_to_draw_is_an_error():
    with pytest.raises(MLKDError, match='logged anything'):
        learning_curves({'teacher': Curves()})


def test_many_stages_go_on_below():
    figure = learning_curves({f's{i}': Curves(LOSSES, {'mAP': {1: 1.0 * i}}) for i in range(4)})
    drawn = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title(loc='left') for axes in drawn if axes.get_title(loc='left')] == ['s0', 's1', 's2', 's3']
    assert len(figure.axes) == 12
    assert len(drawn) == 8


def test_of_very_many_terms_only_their_sum_is_drawn():
    losses = {'loss': {1: 9.0}, **{f'part{i}.loss': {1: 1.0} for i in range(9)}}
    assert [line.get_label() for line in learning_curves({'a': Curves(losses)}).axes[0].lines] == ['loss']
