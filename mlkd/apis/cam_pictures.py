"""What class maps of single images look like: heat at the pixels of the image, key points, cuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from mlkd.apis.stage_network import StageNetwork
from mlkd.engine.config_tree import walk
from mlkd.engine.recipe import Recipe
from mlkd.models.layers import KeyPointFinder, normalised_maps
from mlkd.models.utils import class_maps_of
from mlkd.structures import boxes_in_original, maps_in_original
from mlkd.visualization import ClassMap

#: Of a stage that has no term with key points.
_STRATEGY = 'ctopkw'


@dataclass(frozen=True)
class SeenClasses:
    """What a network makes of one image.

    Attributes:
        raw: Class maps over the view (K, h, w).
        sample: The sample in the view.
        view: (height, width) of it in pixels.
        scores: (K,).
    """

    raw: Tensor
    sample: Any
    view: tuple[int, int]
    scores: np.ndarray

    @classmethod
    @torch.no_grad()
    def of(cls, network: StageNetwork, packed: Mapping[str, Any], gradients: bool = False) -> SeenClasses:
        """Run a network on a packed sample.

        Args:
            network: Any that has class maps.
            packed: A packed sample.
            gradients: As of :func:`~mlkd.models.utils.class_maps_of`.

        Raises:
            ConfigError: If the network has no maps.
        """
        data = network.model.data_preprocessor(pseudo_collate([packed]), False)
        raw = class_maps_of(network.model, data['inputs'], data['data_samples'], gradients)[0].cpu()
        view = (int(data['inputs'].shape[-2]), int(data['inputs'].shape[-1]))
        scores = network.predict(packed).pred_score.numpy()
        return cls(raw, data['data_samples'][0].cpu(), view, scores)

    def likely(self, most: int) -> list[int]:
        """The classes that score highest: those above one half, the first in any case."""
        order = np.argsort(-self.scores, kind='stable')[:most]
        return [int(k) for place, k in enumerate(order) if place == 0 or self.scores[k] > 0.5]

    def class_maps(self, labels: Sequence[int], finder: KeyPointFinder | None) -> list[ClassMap]:
        """The maps of some classes with their key points.

        Args:
            labels: Which classes.
            finder: None: no key points.

        Raises:
            DataError: If the maps are too small to be cut.
        """
        normalised = normalised_maps(self.raw)
        heat = maps_in_original(normalised[list(labels)], self.sample).numpy()
        points: dict[int, tuple[tuple[float, float], bool]] = {}
        if finder is not None:
            present = torch.zeros(1, len(self.raw), dtype=torch.bool)
            present[0, list(labels)] = True
            keys = finder(normalised[None], present, self.view)
            corners = keys.points.flip(1).float().repeat(1, 2)
            places = boxes_in_original(corners, self.sample)[:, :2].tolist()
            for k, place, fell_back in zip(keys.classes.tolist(), places, keys.fell_back.tolist(), strict=True):
                points[k] = ((place[0], place[1]), fell_back)
        nothing = points.get(-1, (None, False))
        return [
            ClassMap(k, np.clip(heat[i], 0, 1), float(self.raw[k].max()), *points.get(k, nothing))
            for i, k in enumerate(labels)
        ]


def strategy_of(recipe: Recipe, stage: str) -> str:
    """How the term of a stage that has key points finds them; else a default."""
    for _, value in walk(recipe.merged(stage).get('model')):
        if isinstance(value, Mapping) and value.get('type') == 'OASS':
            return str(value.get('strategy', 'cmax'))
        if isinstance(value, Mapping) and value.get('type') == 'PuzzleCAM':
            return 'centre'
    return _STRATEGY
