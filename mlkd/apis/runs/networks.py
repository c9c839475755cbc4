"""The networks of a run that its pictures show: the student before and after distillation, and the teacher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mlkd.apis.cam_pictures import SeenClasses
from mlkd.apis.runs.summaries import BASELINE, TEACHER, StageResult
from mlkd.apis.stage_network import StageNetwork
from mlkd.engine.config_tree import dataset_configs
from mlkd.engine.network_config import class_names
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import NETWORK
from mlkd.errors import MLKDError
from mlkd.published import PhotoPipeline

#: What a network is to a run, in the order in which they are shown.
BEFORE, AFTER, TAUGHT_BY = 'before', 'after', 'teacher'


@dataclass(frozen=True)
class RunNetwork:
    """A network of a run.

    Attributes:
        role: :data:`BEFORE`, :data:`AFTER` or :data:`TAUGHT_BY`; :data:`AFTER`, too, where there is but one.
        row: What tables call it.
        network: The network.
        pipeline: Makes packed samples of images.
    """

    role: str
    row: str
    network: StageNetwork
    pipeline: PhotoPipeline

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of its labels."""
        return class_names(self.network.dataset_config())

    def seen(self, packed: Mapping[str, Any]) -> SeenClasses:
        """What it makes of an image; maps of gradients, where it has none of its own.

        Raises:
            ConfigError: If it has no maps at all.
        """
        return SeenClasses.of(self.network, packed, gradients=True)


def roles(results: Sequence[StageResult]) -> dict[str, StageResult]:
    """Which stages of a run are shown as what; results of one run."""
    found: dict[str, StageResult] = {}
    for result in results:
        if result.fused:
            continue
        if result.stage == result.summary.get('student_stage', 'student') or len(results) == 1:
            found[AFTER] = result
        elif result.row == BASELINE or result.stage == 'baseline':
            found[BEFORE] = result
        elif result.row == TEACHER or result.stage == 'teacher':
            found[TAUGHT_BY] = result
    return {role: found[role] for role in (BEFORE, AFTER, TAUGHT_BY) if role in found}


def run_networks(config: Config, results: Sequence[StageResult]) -> tuple[list[RunNetwork], list[str]]:
    """Load the networks that a run has.

    Args:
        config: Of the run.
        results: Of its stages.

    Returns:
        The networks in the order of the roles, and of those that cannot be had, why.
    """
    recipe, networks, reasons = Recipe(config), [], []
    for role, result in roles(results).items():
        try:
            file = network_of_stage(result)
            if file is None:
                continue
            network = StageNetwork.load(config, file, None if recipe.single else result.stage)
            store = _store(network.dataset_config())
            networks.append(RunNetwork(role, result.row, network, network.photo_network(store).pipeline))
        except MLKDError as error:
            reasons.append(f'{result.row} is not shown: {_line(error)}')
    return networks, reasons


def network_of_stage(result: StageResult) -> Path | None:
    """The network that a stage left: of folds the one trained on all images, else the first; None without one."""
    run = Path((result.summary.get('reused') or {}).get(result.stage, result.run))
    places = [run / result.stage / part for part in ('', 'full', 'fold0')]
    if len(result.summary['stages']) == 1:
        places.append(run)
    return next((place / NETWORK for place in places if (place / NETWORK).is_file()), None)


def _store(dataset: Mapping[str, Any]) -> Path | None:
    """The store of proposals that a data set names, where it is at hand."""
    named = dataset.get('proposal_file')
    path = Path(dataset.get('data_root') or '', str(named))
    return path if named and path.exists() else None


def photo_dataset_config(recipe: Recipe, stage: str) -> Mapping[str, Any] | None:
    """Config of the set that a stage is validated on, else of its test set, without proposals; None without any."""
    whole = recipe.described(stage)
    for name in ('val_dataloader', 'test_dataloader'):
        if (whole.get(name) or {}).get('dataset') is not None:
            for dataset in dataset_configs(whole[name]):
                dataset.pop('proposal_file', None)
            return whole[name]['dataset']
    return None


def _line(error: MLKDError) -> str:
    found = f' ({error.found})' if error.found is not None else ''
    return f'{error.what}{found}'
