"""Independent networks that are trained on one stream of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapperDict
from torch import Tensor, nn

from mlkd.engine.seeding import iteration_seed, seed_all
from mlkd.errors import TrainingError
from mlkd.models.utils import share_features
from mlkd.models.utils.build import build_model
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

Config = dict[str, Any]


@MODELS.register_module()
class NetworkGroup(BaseModel):
    """Networks of one kind, each for some of the labels, that are given the same view one after the other.

    The view is made once, and so is what frozen first layers make of it where they are equal. All else is each
    network's own: its optimiser, and its random numbers, which depend on its name and on what was seeded before (the
    run, the stage and the iteration). So a network becomes what it would become alone, bit for bit. Each is done with
    its step before the next begins: so many networks need the memory of one for what they compute, beside their
    weights.

    Args:
        networks: By name, ``dict(model=..., labels=...)``: the network's config, and which labels it knows, as
            positions among all. The preprocessor of the first makes the view.
        init_cfg: MMEngine's.
    """

    def __init__(self, networks: Mapping[str, Config], init_cfg: Config | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        base = torch.initial_seed()
        self.networks = nn.ModuleDict()
        for name, network in networks.items():
            _seed(base, name)
            self.networks[name] = build_model(network['model'])
        seed_all(base)
        self.labels = {name: torch.tensor(network['labels']) for name, network in networks.items()}
        first: Any = next(iter(self.networks.values()))
        self.data_preprocessor = first.data_preprocessor
        self._shared = share_features(self.networks.values(), always=True)

    def init_weights(self) -> None:
        """Initialise each network with its own random numbers."""
        base = torch.initial_seed()
        for name, network in self.networks.items():
            _seed(base, name)
            network.init_weights()  # type: ignore[operator]
        seed_all(base)
        self._is_init = True

    def train_step(
        self,
        data: dict | tuple | list,
        optim_wrapper: OptimWrapperDict,  # type: ignore[override]
    ) -> dict[str, Tensor]:
        """One step of each network.

        Args:
            data: A batch of frames.
            optim_wrapper: One for each network, by name.

        Returns:
            ``NAME.LOSS`` for each loss of each network, and their sum.

        Raises:
            TrainingError: If a loss is not finite; names the network and its labels.
        """
        base = torch.initial_seed()
        view = self.data_preprocessor(data, True)
        logs: dict[str, Tensor] = {}
        totals: list[Tensor] = []
        for name, network in self.networks.items():
            _seed(base, name)
            with optim_wrapper[name].optim_context(network):
                losses = self._run(name, view['inputs'], view['data_samples'], 'loss')
            total, parsed = network.parse_losses(losses)  # type: ignore[operator]
            optim_wrapper[name].update_params(total)
            totals.append(parsed.pop('loss'))
            logs |= {f'{name}.{key}': value for key, value in parsed.items()}
        self._forget()
        return {**logs, 'loss': torch.stack(totals).sum()}

    def forward(
        self, inputs: Tensor, data_samples: list[MultiLabelDataSample] | None = None, mode: str = 'tensor'
    ) -> Any:
        """Run all networks.

        Args:
            inputs: The view (B, 3, h, w).
            data_samples: B samples with all labels.
            mode: As of a network.

        Returns:
            What each network returns, by name; for ``'predict'`` the samples, with ``predictions``: what each network
            predicts of them, by name.
        """
        outputs = {name: self._run(name, inputs, data_samples, mode) for name in self.networks}
        self._forget()
        if mode != 'predict':
            return outputs
        samples = data_samples if data_samples is not None else [MultiLabelDataSample() for _ in inputs]
        for i, sample in enumerate(samples):
            sample.predictions = {name: predicted[i] for name, predicted in outputs.items()}
        return samples

    def _run(self, name: str, inputs: Tensor, samples: Sequence[MultiLabelDataSample] | None, mode: str) -> Any:
        try:
            return self.networks[name](inputs, self._own_samples(name, samples), mode=mode)
        except TrainingError as error:
            what = f'The network {name} cannot be trained further. {error.what}'
            raise TrainingError(
                what, where=error.where, found=error.found, expected=error.expected, fix=error.fix
            ) from error

    def _own_samples(
        self, name: str, samples: Sequence[MultiLabelDataSample] | None
    ) -> list[MultiLabelDataSample] | None:
        """The samples with the labels that a network knows."""
        if samples is None:
            return None
        if not all('gt_label' in sample for sample in samples):
            return [sample.new() for sample in samples]
        labels = torch.stack([sample.gt_label for sample in samples])[:, self.labels[name]]
        return [sample.with_labels(label) for sample, label in zip(samples, labels, strict=True)]

    def _forget(self) -> None:
        if self._shared is not None:
            self._shared.clear()


def _seed(base: int, name: str) -> None:
    seed_all(iteration_seed(base, name, 0, 0))
