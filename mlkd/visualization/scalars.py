"""What MMEngine logged during a training, read back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

#: Numbers of a log line that are about its place or cost, not about learning.
_BOOKKEEPING = frozenset({'epoch', 'iter', 'step', 'time', 'data_time', 'memory', 'eta'})


@dataclass
class Curves:
    """Scalars over the course of one training.

    Attributes:
        train: By name, the value at each iteration that was logged.
        val: By name, the value after each epoch that was evaluated.
    """

    train: dict[str, dict[int, float]] = field(default_factory=dict)
    val: dict[str, dict[int, float]] = field(default_factory=dict)


def read_curves(stage_dir: str | Path) -> Curves:
    """Read ``STAGE_DIR/*/vis_data/scalars.json`` of a training, however often it was resumed.

    Where two parts of a resumed training logged the same step, the later one counts. A line that is not whole, as
    a killed process leaves behind, is passed over.

    Args:
        stage_dir: MMEngine's work folder.

    Returns:
        The curves, steps in order; empty where nothing was logged.
    """
    curves = Curves()
    for path in sorted(Path(stage_dir).glob('*/vis_data/scalars.json')):
        for line in path.read_text(encoding='utf-8').splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            if not isinstance(row, dict) or not isinstance(row.get('step'), int):
                continue
            # Lines of the training loop say how far the epoch was; those of an evaluation do not.
            kind = curves.train if 'iter' in row else curves.val
            for name, value in row.items():
                if name not in _BOOKKEEPING and isinstance(value, (int, float)):
                    kind.setdefault(name, {})[row['step']] = float(value)
    for kind in (curves.train, curves.val):
        for name in kind:
            kind[name] = dict(sorted(kind[name].items()))
    return curves
