"""What a network makes of a batch, computed when it is asked for and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import Any, TypeVar

import torch
from torch import Tensor

from mlkd.errors import ConfigError
from mlkd.models.utils.class_maps_of import class_maps
from mlkd.models.utils.rois import samples_to_rois
from mlkd.structures import MultiLabelDataSample

from .taps import TapRecorder
from .views import View

T = TypeVar('T')


def lazy(function: Callable[[Any], T]) -> cached_property[T]:
    """A property computed once, on first use, with the precision and gradient mode of the run."""

    def compute(self: NetworkOutputs) -> T:
        with self.run_mode():
            return function(self)

    compute.__doc__ = function.__doc__
    return cached_property(compute)


class NetworkOutputs:
    """What one network makes of one batch; a context manager, open for one training step.

    Everything is computed on first use: under the autocast that was on when the object was made, even where a term has
    switched it off for itself, and without gradients for a teacher.

    Args:
        network: The network.
        view: Makes the network's view.
        taps: Module paths of the layers whose outputs may be asked for.
        frozen: Whether to compute without gradients.
        device: Where the network is.
    """

    def __init__(
        self,
        network: Any,
        view: Callable[[], View],
        taps: Sequence[str] = (),
        frozen: bool = False,
        device: torch.device | str = 'cpu',
    ) -> None:
        self.network = network
        self._make_view = view
        self._recorder = TapRecorder(network, taps)
        self._grad = torch.is_grad_enabled() and not frozen
        self._device_type = torch.device(device).type
        self._autocast = torch.is_autocast_enabled(self._device_type)
        self._dtype = torch.get_autocast_dtype(self._device_type)

    def __enter__(self) -> NetworkOutputs:
        self._recorder.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._recorder.__exit__(kind, error, trace)
        # A traceback that keeps this object must not keep the batch's graph too.
        for name in [name for name in vars(self) if isinstance(getattr(type(self), name, None), cached_property)]:
            del vars(self)[name]

    @contextmanager
    def run_mode(self) -> Iterator[None]:
        """Precision and gradient mode that the network runs in."""
        with (
            torch.set_grad_enabled(self._grad),
            torch.autocast(self._device_type, dtype=self._dtype, enabled=self._autocast),
        ):
            yield

    @lazy
    def view(self) -> View:
        """The batch as the network sees it."""
        return self._make_view()

    @property
    def inputs(self) -> Tensor:
        """float32 (B, 3, h, w)."""
        return self.view.inputs

    @property
    def samples(self) -> list[MultiLabelDataSample]:
        """B samples, boxes in pixels of the view."""
        return self.view.samples

    @cached_property
    def _rois(self) -> tuple[Tensor, Tensor]:
        return samples_to_rois(self.samples)

    @property
    def rois(self) -> Tensor:
        """float32 (ΣR, 5): batch index, x1, y1, x2, y2 in the view; image-major."""
        return self._rois[0]

    @property
    def roi_scores(self) -> Tensor:
        """The proposals' own scores (ΣR,)."""
        return self._rois[1]

    @property
    def roi_index(self) -> Tensor:
        """Which image each proposal belongs to: int64 (ΣR,)."""
        return self.rois[:, 0].long()

    @property
    def roi_weights(self) -> Tensor:
        """w_R = a s_R + b (ΣR,), as the network weighs its RoIs; s_R where it does not say."""
        scale, bias = getattr(self.network, 'score_scale', 1.0), getattr(self.network, 'score_bias', 0.0)
        return scale * self.roi_scores + bias

    @lazy
    def feats(self) -> tuple[Tensor, ...]:
        """Feature maps, the last one the coarsest."""
        return tuple(self.ask('extract_feat')(self.inputs))

    @lazy
    def class_maps(self) -> Tensor:
        """Raw class maps (B, K, h, w) of a classifier, float32.

        Raises:
            ConfigError: If the network has none.
        """
        return class_maps(self.network, self.feats)

    @lazy
    def logits(self) -> Tensor:
        """x (B, K) of a classifier."""
        return self.ask('image_logits')(self.feats)

    @lazy
    def roi_feats(self) -> Tensor:
        """Vectors (ΣR, D) of a detector's RoIs."""
        return self.ask('roi_feats')(self.feats[-1], self.rois, self.roi_scores)

    @lazy
    def bag_logits(self) -> tuple[Tensor, Tensor]:
        """M^c and M^d of a weakly-supervised detector, each (ΣR, K)."""
        return self.ask('bag_logits')(self.roi_feats)

    def roi_embed(self, pooled: Tensor, index: Tensor) -> Tensor:
        """Grids of RoIs (n, C, h, w), of the images ``index`` (n,), through the fully connected layers to (n, D)."""
        with self.run_mode():
            return self.ask('roi_embed')(pooled)

    @lazy
    def task_losses(self) -> dict[str, Tensor]:
        """The network's own losses, such as L_p.

        Of a network without ``image_logits`` they take a pass of their own, which taps listen to as well.
        """
        if hasattr(self.network, 'image_logits'):
            return self.ask('loss')(self.logits, self.samples)
        return self.network(self.inputs, self.samples, mode='loss')

    def tap(self, name: str) -> Tensor:
        """Output of the layer at a module path.

        Raises:
            ConfigError: If no term announced it as a tap, or the layer does not run.
        """
        # The cheapest first; what is computed here is not computed again.
        parts = (('extract_feat', 'feats'), ('image_logits', 'logits'), ('roi_feats', 'roi_feats'))
        for method, part in (*parts, ('bag_logits', 'bag_logits')):
            if name not in self._recorder.values and hasattr(self.network, method):
                getattr(self, part)
        if name not in self._recorder.values:
            raise ConfigError(
                f'The layer {name!r} gave nothing to tap.',
                where=name,
                found='it did not run in this step, or no term named it in student_taps or teacher_taps',
                expected='a layer that the network runs on every batch',
            )
        return self._recorder.values[name]

    @property
    def taps(self) -> Taps:
        """``taps[path]``: the output of the layer at a module path."""
        return Taps(self)

    def ask(self, method: str) -> Callable[..., Any]:
        """A method of the network.

        Raises:
            ConfigError: If it has none of that name.
        """
        if not hasattr(self.network, method):
            raise ConfigError(
                f'A term needs {method} of a network that does not have it.',
                found=type(self.network).__name__,
                expected=f'a network with the method {method}',
                fix='give the term another network, or another term',
            )
        return getattr(self.network, method)


class Taps:
    """Outputs of layers by module path."""

    def __init__(self, outputs: NetworkOutputs) -> None:
        self._outputs = outputs

    def __getitem__(self, name: str) -> Tensor:
        return self._outputs.tap(name)
