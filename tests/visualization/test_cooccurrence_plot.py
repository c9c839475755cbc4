from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import cooccurrence_plot, png


def test_two_matrices_on_one_scale() -> None:
    truth = np.array([[1, 0.5], [np.nan, np.nan]])
    said = np.array([[1, 0.25], [1.0, 1]])
    figure = cooccurrence_plot(['cat', 'dog'], truth, said)
    left, right = figure.axes[:2]
    assert [axes.get_title(loc='left') for axes in (left, right)] == ['in truth', 'as the network says']
    for axes, matrix in ((left, truth), (right, said)):
        shown = axes.images[0].get_array().filled(np.nan)
        # A label with itself says nothing.
        assert np.isnan(shown.diagonal()).all()
        np.testing.assert_array_equal(shown[0, 1], matrix[0, 1])
        assert (axes.images[0].norm.vmin, axes.images[0].norm.vmax) == (0, 1)
        assert [label.get_text() for label in axes.get_xticklabels()] == ['cat', 'dog']
    assert png(figure, dpi=30).startswith(b'\x89PNG')


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(MLKDError, match='do not fit'):
        cooccurrence_plot(['cat'], np.zeros((1, 1)), np.zeros((2, 2)))
    with pytest.raises(MLKDError, match='do not fit'):
        cooccurrence_plot([], np.zeros((0, 0)), np.zeros((0, 0)))
