"""The classes that a config names: finding them, and which arguments they take."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from mmdet import registry as mmdet_root
from mmengine import registry as root
from mmengine.registry import Registry

from mlkd import registry
from mlkd.errors import ConfigError, did_you_mean

#: Arguments that MMEngine takes out of a dict before it calls the class.
_TAKEN = frozenset({'type', '_scope_', 'priority', 'by_epoch', 'convert_to_iter_based', 'constructor', 'paramwise_cfg'})


def registered(kind: Registry) -> Iterable[str]:
    """All names that a config of the scope mlkd can use for ``kind``."""
    node: Registry | None = kind
    while node is not None:
        yield from node.module_dict
        node = node.parent


def find_anywhere(name: str) -> Any:
    """The class of that name in any registry of mlkd, MMDetection or MMEngine; None where there is none."""
    registries = (item for module in (registry, mmdet_root, root) for item in vars(module).values())
    return next((r.module_dict[name] for r in registries if isinstance(r, Registry) and name in r.module_dict), None)


def accepted_arguments(target: Any) -> set[str] | None:
    """Names of the arguments that a class or function takes; None where it takes any.

    A ``**kwargs`` is followed to the base classes that it is handed to.
    """
    functions = [target]
    if inspect.isclass(target):
        functions = [vars(c)['__init__'] for c in target.__mro__[:-1] if '__init__' in vars(c)]
    names: set[str] = set()
    for function in functions:
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            return None
        names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return names - {'self'}
    return None


def check_arguments(target: Any, config: Mapping[str, Any], where: str) -> None:
    """Check that ``target`` takes the arguments in ``config``.

    Raises:
        ConfigError: That names the argument and what is near.
    """
    taken = accepted_arguments(target)
    if taken is None:
        return
    for key in config:
        if key not in taken and key not in _TAKEN:
            fix = did_you_mean(key, taken) or None
            raise ConfigError(
                f'{getattr(target, "__name__", target)} takes no argument {key!r}.',
                where=f'{where}.{key}',
                expected=f'one of {sorted(taken)}',
                fix=fix,
            )
