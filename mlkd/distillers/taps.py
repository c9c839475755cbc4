"""Feature taps: the outputs of named layers, read through forward hooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from mlkd.errors import ConfigError, did_you_mean


def check_taps(network: nn.Module, taps: Iterable[str], whose: str, fix: str = '') -> None:
    """Make sure that every tap is a layer.

    Args:
        network: Whose layers are meant.
        taps: Module paths, such as ``'backbone.conv5'``.
        whose: Config key of the network, for the message.
        fix: What to do about a layer that is missing; by default near paths are named.

    Raises:
        ConfigError: If there is no such layer; names the near paths.
    """
    known = [name for name, _ in network.named_modules() if name]
    for tap in taps:
        if tap not in known:
            raise ConfigError(
                f'There is no layer {tap!r} to tap.',
                where=whose,
                found=tap,
                expected=f'the path of a module of {type(network).__name__}',
                fix=fix
                or did_you_mean(tap, known)
                or f'its parts are {", ".join(n for n, _ in network.named_children())}',
            )


class TapRecorder:
    """Keeps what named layers put out while it is open; a context manager.

    Of a layer that runs more than once (a head shared by the levels of a pyramid, say) the first output is kept. A
    layer whose output a later one changes in place, such as a convolution before an in-place ReLU, is seen after the
    change.

    Args:
        network: Whose layers are meant.
        names: Module paths; see :func:`check_taps`.
    """

    def __init__(self, network: nn.Module, names: Sequence[str]) -> None:
        self.values: dict[str, Tensor] = {}
        self._network = network
        self._names = tuple(dict.fromkeys(names))
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> TapRecorder:
        for name in self._names:
            layer = self._network.get_submodule(name)
            self._handles.append(layer.register_forward_hook(self._hook(name)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self.values.clear()

    def _hook(self, name: str) -> Any:
        values = self.values

        def keep(layer: nn.Module, args: Any, output: Any) -> None:
            if isinstance(output, (tuple, list)) and len(output) == 1:
                output = output[0]
            if not isinstance(output, Tensor):
                inside = ', '.join(f'{name}.{child}' for child, _ in layer.named_children())
                raise ConfigError(
                    f'The tap {name!r} gives no single tensor.',
                    where=name,
                    found=type(output).__name__,
                    expected='one tensor',
                    fix=f'tap a layer inside it: {inside}',
                )
            values.setdefault(name, output)

        return keep
