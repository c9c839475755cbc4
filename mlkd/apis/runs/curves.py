"""Learning curves of all trainings of a run, wherever they left their logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlkd.apis.runs.summaries import StageResult
from mlkd.visualization import Curves, read_curves

#: Trainings of a stage that are drawn, at most.
_MOST = 4


def run_curves(results: Sequence[StageResult]) -> dict[str, Curves]:
    """Curves of the first run by the name of the stage, and of the training where a stage has several.

    Of a stage with folds it is that of the network that has seen all images, where there is one; of one with parts,
    those of the groups that were trained together. Stages without logs are left out.

    Args:
        results: Of runs.
    """
    found: dict[str, Curves] = {}
    for result in results:
        if result.run == results[0].run and not result.fused:
            found.update(_of_stage(result))
    return found


def _of_stage(result: StageResult) -> dict[str, Curves]:
    run = Path((result.summary.get('reused') or {}).get(result.stage, result.run))
    # A config without stages trains in the work folder itself.
    folder = run / result.stage if (run / result.stage).is_dir() else run
    own = read_curves(folder)
    if own.train or own.val:
        return {result.stage: own}
    logged = sorted({path.parents[2] for path in folder.glob('*/*/vis_data/scalars.json')})
    logged = [path for path in logged if path.name == 'full'] or logged
    # A recipe's folder holds those of other stages.
    chosen = logged[:_MOST] if folder != run else []
    return {result.stage if len(chosen) == 1 else f'{result.stage}, {path.name}': read_curves(path) for path in chosen}
