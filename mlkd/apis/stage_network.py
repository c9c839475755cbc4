"""A network that a recipe left, ready to be run on single images."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import MMLogger
from mmengine.model import BaseModel, BaseTTAModel
from mmengine.registry import DefaultScope

from mlkd.engine.auto_proposals import AutoProposals
from mlkd.engine.checkpoints import load_network
from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.engine.network_config import class_names, network_of, test_dataset
from mlkd.engine.recipe import Recipe
from mlkd.engine.test_time_views import fuse_views
from mlkd.log_level import log_level
from mlkd.published import THRESHOLD, PhotoNetwork, PhotoPipeline, Proposer, to_device
from mlkd.registry import DATASETS, MODELS, SCOPE


@dataclass(frozen=True)
class StageNetwork:
    """A network and the config to test it.

    Attributes:
        model: In eval mode, on the GPU where there is one.
        config: Plain config of its test; a recipe's references are resolved.
        stage: Whose network it is.
    """

    model: BaseModel
    config: dict[str, Any]
    stage: str

    @classmethod
    def load(
        cls,
        config: Config,
        checkpoint: str | Path,
        stage: str | None = None,
        tta: bool = False,
        device: str | None = None,
    ) -> StageNetwork:
        """Build the network of a stage and load its weights.

        Args:
            config: The whole config.
            checkpoint: ``student.pth``, ``network.pth`` or a checkpoint of training.
            stage: Whose network it is; the student's by default.
            tta: Fuse the views that the config's ``tta_model`` and ``tta_pipeline`` name.
            device: Where it shall work; the GPU where there is one, by default.

        Raises:
            ConfigError: If the config is wrong or has no such stage.
            CheckpointError: If the checkpoint cannot be read or does not fit.
        """
        model, plain, stage = _built(config, stage, tta)
        load_network(model, checkpoint)
        return cls(to_device(model, device).eval(), plain, stage)

    @classmethod
    def initial(cls, config: Config, stage: str | None = None) -> StageNetwork:
        """The network of a stage as it is before training: pretrained parts loaded, others drawn with the config's
        seed.

        Raises:
            ConfigError: If the config is wrong or has no such stage.
            CheckpointError: If a file of pretrained weights is missing or does not fit.
        """
        with torch.random.fork_rng():
            torch.manual_seed((config.get('randomness') or {}).get('seed') or 0)
            model, plain, stage = _built(config, stage, tta=False)
            # MMEngine would log a page on how each parameter was initialised.
            with log_level(MMLogger.get_current_instance(), logging.WARNING):
                model.init_weights()
        return cls(to_device(model).eval(), plain, stage)

    @property
    def needs_proposals(self) -> bool:
        """Whether the network is a detector that scores proposals."""
        network = self.model.module if isinstance(self.model, BaseTTAModel) else self.model
        return getattr(network, 'needs_proposals', False)

    def test_images(self) -> Any:
        """The data set that the config tests on, without proposals, which need not be there yet.

        Raises:
            ConfigError: If there is none.
            DataError: If its files are missing or wrong.
        """
        self.dataset_config()
        config = {'test_dataloader': copy.deepcopy(self.config['test_dataloader'])}
        for dataset in dataset_configs(config['test_dataloader']):
            dataset.pop('proposal_file', None)
        return self._built_set(config)

    def test_set(self, indices: Sequence[int] | None = None) -> Any:
        """The data set that the config tests on, with proposals where it asks for them.

        Args:
            indices: Positions of the images that are wanted; where proposals have to be made, only these get them, and
                only these are in the data set, in this order. All, if None.

        Raises:
            ConfigError: If there is none.
            DataError: If its files are missing or wrong.
        """
        self.dataset_config()
        proposals = AutoProposals(self.config['proposals'])
        config = {'test_dataloader': copy.deepcopy(self.config['test_dataloader'])}
        dataset = config['test_dataloader']['dataset']
        if indices is not None and proposals.are_missing(dataset):
            before = dataset.get('indices')
            dataset['indices'] = [before[index] if isinstance(before, list) else index for index in indices]
        proposals.fill(config)
        return self._built_set(config)

    def dataset_config(self) -> Mapping[str, Any]:
        """Config of the (first) data set that the config tests on, below wrappers.

        Raises:
            ConfigError: If there is none.
        """
        return test_dataset(self.config, self.stage)

    def photo_network(self, store: str | Path | None = None) -> PhotoNetwork:
        """The network for photos that are in no data set; labels count above one half.

        Args:
            store: Proposals of the photos, for a detector; it makes them itself where this has none.

        Raises:
            ConfigError: If the config has no test set with a pipeline, or a detector's proposals come from nowhere.
            DataError: If the names of the labels stand in data that are missing.
        """
        dataset, proposer = self.dataset_config(), None
        if self.needs_proposals:
            proposer = Proposer((self.config.get('proposals') or {}).get('generator'), store)
        pipeline = PhotoPipeline(dataset.get('pipeline') or (), proposer, dataset.get('empty_proposals') == 'keep')
        classes = class_names(dataset)
        return PhotoNetwork(self.model, classes, pipeline, (THRESHOLD,) * len(classes))

    def _built_set(self, config: dict[str, Any]) -> Any:
        with translated(config, self.stage):
            return DATASETS.build(copy.deepcopy(config['test_dataloader']['dataset']))

    @torch.no_grad()
    def predict(self, packed: Mapping[str, Any]) -> Any:
        """The sample that the network makes of one packed sample: ``pred_score`` (K,), on the CPU."""
        return self.model.test_step(pseudo_collate([packed]))[0].cpu()


def _built(config: Config, stage: str | None, tta: bool) -> tuple[BaseModel, dict[str, Any], str]:
    """The network of a stage without its weights, the config to test it, and the stage's name."""
    if not DefaultScope.check_instance_created(f'stage_network_{SCOPE}'):
        DefaultScope.get_instance(f'stage_network_{SCOPE}', scope_name=SCOPE)
    recipe = Recipe(config)
    check_recipe(recipe)
    stage = recipe.checked_stage(stage)
    plain = recipe.network_config(stage)
    if tta:
        fuse_views(plain, recipe, stage)
    network = network_of(plain)
    with translated({'model': network}, stage):
        model = MODELS.build(network)
    cache = getattr(model.module if tta else model, 'feature_cache', None)
    if cache is not None:
        # Nobody may come back for the maps of these images.
        cache.keeps = False
    plain['proposals'] = recipe.whole.get('proposals')
    return model, plain, stage
