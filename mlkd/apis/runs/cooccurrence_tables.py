"""Which labels occur together, and which a student says together, from scores."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from mlkd.apis.runs.scored_images import ScoredImages
from mlkd.evaluation.functional import above_threshold
from mlkd.visualization import TextTable, cooccurrence_plot

#: Labels that are drawn, and pairs that are listed, at most.
_LABELS, _PAIRS = 40, 10


def given(present: np.ndarray) -> np.ndarray:
    """P(column | row): of the images that have a label, the share that have another, too.

    Args:
        present: bool (N, K).

    Returns:
        (K, K); NaN in rows of labels that no image has.
    """
    values = present.astype(np.float64)
    both, counts = values.T @ values, values.sum(axis=0)[:, None]
    return np.divide(both, counts, out=np.full_like(both, np.nan), where=counts > 0)


def cooccurrence_figure(scored: ScoredImages, row: str) -> Figure:
    """The matrices of truth and of what the network of a row says; of many labels those that occur with others most."""
    truth, said = _present(scored, row)
    values = truth.astype(np.int64)
    both = values.T @ values
    others = both.sum(axis=1) - both.diagonal()
    shown = np.sort(np.argsort(-others, kind='stable')[:_LABELS])
    cut = np.ix_(shown, shown)
    return cooccurrence_plot([scored.classes[k] for k in shown], given(truth)[cut], given(said)[cut])


def pair_table(scored: ScoredImages, row: str) -> TextTable | None:
    """The pairs of labels whose number of images differs most between truth and network; None where none differ."""
    truth, said = (values.astype(np.int64) for values in _present(scored, row))
    there, spoken = truth.T @ truth, said.T @ said
    pairs = [(i, j) for i, j in zip(*np.triu_indices(len(there), 1), strict=True) if there[i, j] != spoken[i, j]]
    pairs.sort(key=lambda pair: -abs(int(there[pair]) - int(spoken[pair])))
    rows = tuple(
        (f'{scored.classes[i]}, {scored.classes[j]}', str(there[i, j]), str(spoken[i, j])) for i, j in pairs[:_PAIRS]
    )
    columns = ('labels', 'together in truth', 'said together')
    return TextTable('Pairs that the student says too often or too seldom, images', columns, rows) if rows else None


def cooccurrence_note(scored: ScoredImages, row: str) -> str:
    """What the matrices are of."""
    cut = f' Drawn are the {_LABELS} labels that occur with others most.' if len(scored.classes) > _LABELS else ''
    return (
        f'{scored.source[0].upper()}{scored.source[1:]}; {row} says a label where it scores above its threshold. '
        f'A row is empty where no image has the label. Left-open labels count as absent on both sides.{cut}'
    )


def _present(scored: ScoredImages, row: str) -> tuple[np.ndarray, np.ndarray]:
    return scored.labels == 1, above_threshold(scored.scores[row], scored.labels, scored.thresholds)
