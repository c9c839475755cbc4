"""What the index of networks says of one: counts from its config, speeds from what an export measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.registry import DefaultScope

from mlkd.apis.export.report import ENDING
from mlkd.apis.runs.summaries import StageResult
from mlkd.apis.setup_config import setup_config
from mlkd.engine.publishing import network_of, test_dataset
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError, DataError, MLKDError
from mlkd.models.utils.complexity import Complexity, complexity
from mlkd.published import PhotoPipeline, plain_model
from mlkd.registry import MODELS, SCOPE

#: Proposals of an image where the config does not limit them, as many as Selective Search makes.
_PROPOSALS = 2000


@dataclass(frozen=True)
class NetworkFacts:
    """Cells of a table.

    Attributes:
        data: What it was tested on.
        parameters: In millions.
        multiply_adds: In millions, for one image.
        view: Size of the view, and number of proposals.
    """

    data: str
    parameters: str = '-'
    multiply_adds: str = '-'
    view: str = '-'


@dataclass(frozen=True)
class Measured:
    """One row of the timing of an export.

    Attributes:
        network_sha256: Whose it is.
        engine: ``'PyTorch'``, ``'ONNX Runtime'``, ``'ONNX Runtime, INT8'``.
        images_per_second: One image at a time.
        bytes: Size of the file.
    """

    network_sha256: str
    engine: str
    images_per_second: float
    bytes: int


def network_facts(result: StageResult) -> NetworkFacts:
    """What is known of a stage's network from the config that its run kept.

    A config that cannot be built here (without a plug-in, say) leaves the counts out.
    """
    images = (result.result.get('per_class') or {}).get('images')
    counted = f'{images:,} images' if images else '-'
    try:
        recipe = Recipe(setup_config(result.run / str(result.summary.get('config'))))
        config = recipe.network_config(result.stage)
        dataset = test_dataset(config, result.stage)
        count = _count(config, dataset)
    except MLKDError:
        return NetworkFacts(counted)
    of = next((str(dataset[key]) for key in ('ann_file', 'split') if dataset.get(key)), '')
    name = ' '.join(part for part in (str(dataset['type']).rpartition('.')[2], of) if part)
    view = f'{count.size[0]} x {count.size[1]}'
    return NetworkFacts(
        f'{name}, {counted}',
        f'{count.parameters / 1e6:,.2f}',
        f'{count.multiply_adds / 1e6:,.0f}',
        view if count.proposals is None else f'{view}, {count.proposals} proposals',
    )


def read_measured(folder: Path) -> list[Measured]:
    """What exports wrote into a folder, beside the files they made, see ``mlkd export``.

    Raises:
        DataError: If there is no such folder, or a file cannot be read.
    """
    if not folder.is_dir():
        raise DataError('There is no such folder.', where=folder, expected='a folder that mlkd export wrote to')
    rows = []
    for path in sorted(folder.glob(f'*.onnx{ENDING}')):
        try:
            report = json.loads(path.read_text(encoding='utf-8'))
            for row in report.get('timing') or ():
                sha, speed = row['network_sha256'], row['images_per_second'].get('1')
                engine = str(row['name']).partition(', ')[2]
                if sha and speed:
                    rows.append(
                        Measured(sha, engine.removesuffix(', proposals given'), float(speed), int(row['bytes']))
                    )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            found, fix = f'{type(error).__name__}: {error}', 'take it out of the folder, or export again'
            expected = 'what mlkd export writes'
            raise DataError(
                'What an export measured cannot be read.', where=path, found=found, expected=expected, fix=fix
            ) from error
    return rows


def _count(config: Mapping[str, Any], dataset: Mapping[str, Any]) -> Complexity:
    steps = list(dataset.get('pipeline') or ())
    limit = next((step['n'] for step in steps if 'Proposals' in str(step['type']) and step.get('n')), _PROPOSALS)
    try:
        with DefaultScope.overwrite_default_scope(SCOPE):
            network = MODELS.build(plain_model(network_of(config)))
            frame = PhotoPipeline(steps)(np.zeros((375, 500, 3), np.uint8))['inputs']
    except Exception as error:
        # What constructors make of arguments that are not for them is not limited to a few types.
        raise ConfigError('The network cannot be built.', found=f'{type(error).__name__}: {error}') from error
    view = getattr(network.data_preprocessor, 'size', None) or tuple(frame.shape[-2:])
    return complexity(network, (int(view[0]), int(view[1])), int(limit))
