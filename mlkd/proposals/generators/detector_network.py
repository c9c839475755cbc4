"""A detector of MMDetection from its config and checkpoint."""

from __future__ import annotations

import copy
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from mmdet.registry import MODELS, TRANSFORMS
from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.hub import get_config
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from torch import nn

from mlkd.checkpoint_file import load_file
from mlkd.errors import CheckpointError, ConfigError, some


def read_detector_config(path: str) -> Config:
    """Config of a detector.

    Args:
        path: A file, or one that MMDetection brings: ``mmdet::rpn/rpn_r50_fpn_1x_coco.py``.

    Raises:
        ConfigError: If it cannot be read, or has no model or no test pipeline.
    """
    try:
        config = get_config(path) if '::' in path else Config.fromfile(path)
    except Exception as error:
        # MMEngine executes the file: anything may come out of it.
        raise ConfigError(
            'The config of the detector cannot be read.',
            where=path,
            found=f'{type(error).__name__}: {" ".join(str(error).split())[:300]}',
            expected='a config of MMDetection: a file, or mmdet::FOLDER/NAME.py',
        ) from error
    if 'model' not in config:
        raise ConfigError('The config names no detector.', where=path, expected='model = dict(type=...)')
    load_step(config, path)
    return config


def load_step(config: Config, path: str) -> tuple[list[Any], int]:
    """Test pipeline of a config, and the position of the transform that reads the image.

    Raises:
        ConfigError: If there is none.
    """
    try:
        pipeline = list(copy.deepcopy(get_test_pipeline_cfg(config)))
        names = [getattr(step['type'], '__name__', str(step['type'])) for step in pipeline]
        return pipeline, next(index for index, name in enumerate(names) if 'LoadImageFrom' in name)
    except (AttributeError, KeyError, RuntimeError, StopIteration) as error:
        raise ConfigError(
            'The config of the detector does not say how an image is prepared.',
            where=path,
            expected='test_dataloader.dataset.pipeline with LoadImageFromFile',
        ) from error


def build_pipeline(config: Config, path: str) -> Compose:
    """Test pipeline of a config, for images that are read already (``dict(img=...)``)."""
    steps, position = load_step(config, path)
    # What is read of annotations needs them; the boxes do not.
    steps = [step for step in steps if 'LoadAnnotations' not in str(step['type'])]
    loads = {key: value for key, value in steps[position].items() if key != 'backend_args'}
    steps[position] = {**loads, 'type': 'mmdet.LoadImageFromNDArray'}
    with DefaultScope.overwrite_default_scope(config.get('default_scope') or 'mmdet'):
        return Compose([TRANSFORMS.build(step) for step in steps])


def build_network(config: Config, path: str, checkpoint: str, device: str, unused: tuple[str, ...] = ()) -> nn.Module:
    """The network in eval mode, with every tensor of it from the checkpoint.

    Args:
        config: What :func:`read_detector_config` gave.
        path: Its name, for messages.
        checkpoint: File of MMDetection; read without running code that it may hold.
        device: Where the network shall be.
        unused: Beginnings of names of tensors that need not be there.

    Raises:
        ConfigError: If the network cannot be built.
        CheckpointError: If the checkpoint cannot be read, or does not fit.
    """
    content = load_file(Path(checkpoint))
    state = {re.sub(r'^module\.', '', str(key)): value for key, value in content.get('state_dict', content).items()}
    with DefaultScope.overwrite_default_scope(config.get('default_scope') or 'mmdet'):
        try:
            network = revert_sync_batchnorm(MODELS.build(copy.deepcopy(config.model)))
        except Exception as error:
            found = f'{type(error).__name__}: {" ".join(str(error).split())[:300]}'
            raise ConfigError('The detector cannot be built.', where=f'{path}: model', found=found) from error
    try:
        missing, unexpected = network.load_state_dict(state, strict=False)
        misshapen = ''
    except (RuntimeError, AttributeError, TypeError) as error:
        missing, unexpected, misshapen = [], [], ' '.join(str(error).split())[:400]
    missing = [name for name in missing if not name.startswith(unused)] if unused else missing
    if missing or misshapen:
        raise CheckpointError(
            'The checkpoint does not fit the detector.',
            where=checkpoint,
            found=misshapen or f'{len(missing)} tensors are missing: {some(missing)}',
            expected=f'every tensor of the model of {path}',
            fix='give the config that the checkpoint was trained with',
        )
    if unexpected:
        warnings.warn(f'{checkpoint}: {len(unexpected)} tensors have no place: {some(unexpected)}', stacklevel=2)
    return network.to(torch.device(device)).eval()
