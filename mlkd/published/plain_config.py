"""Whether a config from a file of somebody's may be built: it names registered parts and nothing else."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from typing import Any

from mmcv.transforms import BaseTransform
from mmengine.registry import Registry
from torch import nn

from mlkd.errors import CheckpointError, did_you_mean
from mlkd.proposals import ProposalGenerator
from mlkd.registry import GENERATORS, MODELS, TRANSFORMS

#: What the types of a config must be, by the registry that builds it. Functions are never called.
_KINDS: Mapping[str, type] = {
    MODELS.name: nn.Module,
    TRANSFORMS.name: BaseTransform,
    GENERATORS.name: ProposalGenerator,
}
#: MMCV evaluates the name of a suppression as Python code.
_SUPPRESSIONS = ('nms', 'soft_nms')
#: Arguments that name what a part would fetch, read or execute; numbers and booleans under these names do no harm.
_FETCHING = re.compile(
    r'(.*_)?(init_cfg|checkpoint(_.*)?|ckpt|load_from|warm_start|feature_cache|config|file(name)?|path|'
    r'root|dir|url|link|backend_args|file_client_args|imports|tokenizer_name|lang_model_name)'
)
_PATH = re.compile(
    r'[/\\]|^~|\.(py|pth?|pkl|pickle|np[yz]|mat|json|ya?ml|txt|gz|zip|bin|safetensors|ckpt|onnx|h5)$', re.I
)
#: More than any network needs; a file may nest as deep as it likes.
_DEPTH = 40


def check_config(config: Any, registry: Registry, where: str, names: frozenset[str] = frozenset()) -> None:
    """Raise unless a config is of JSON's types and names registered parts, whose arguments fetch nothing.

    MMEngine builds whatever can be imported: ``type='os.system'`` would call it. Here a type must be found under a
    plain name in the registry or in one above it, with no prefix but that of a scope, and be a class of the right kind.

    Args:
        config: One that :func:`build` of the registry would be given.
        registry: Which.
        where: Its key path, for the message.
        names: Strings that are no paths whatever they look like: names of labels.

    Raises:
        CheckpointError: If not; names the key.
    """
    if not isinstance(config, Mapping) or 'type' not in config:
        raise _refused('A part of the network has no type.', where, config, "dict(type='NAME', ...)")
    _check(config, registry, where, names, 0)


def _check(value: Any, registry: Registry, where: str, names: frozenset[str], depth: int) -> None:
    if depth > _DEPTH:
        raise _refused('A config is nested too deep.', where, None, f'at most {_DEPTH} levels')
    if isinstance(value, Mapping):
        for key, item in value.items():
            place = f'{where}.{key}'
            if not isinstance(key, str) or key.startswith('_'):
                raise _refused('A config has a key that is no argument.', where, repr(key), 'names of arguments')
            if key == 'type':
                _check_type(item, registry, place, where.endswith('.nms'))
            elif _fetches(key, item):
                raise _refused('An argument would fetch something from elsewhere.', place, item, 'no such argument')
            _check(item, registry, place, names, depth + 1)
    elif isinstance(value, (list, tuple)):
        # Pairs could be made into a dict behind this check's back.
        if where.endswith('.nms') or 'type' in value:
            raise _refused('A list stands where a dict is to be.', where, value, 'a dict')
        for index, item in enumerate(value):
            _check(item, registry, f'{where}.{index}', names, depth + 1)
    elif isinstance(value, str):
        if value not in names and _PATH.search(value):
            raise _refused('An argument names a file or an address.', where, value, 'plain values')
    elif isinstance(value, float) and not math.isfinite(value):
        raise _refused('An argument is no number that JSON has.', where, value, 'a finite number')
    elif not isinstance(value, (bool, int, float, type(None))):
        raise _refused('An argument is of no type that JSON has.', where, type(value).__name__, 'plain values')


def _fetches(key: str, value: Any) -> bool:
    """Whether an argument names something that would be fetched, read or executed."""
    if key.startswith('pretrained'):
        return bool(value)
    return _FETCHING.fullmatch(key) is not None and not isinstance(value, (int, float, type(None)))


def _check_type(name: Any, registry: Registry, where: str, suppression: bool) -> None:
    kind = _KINDS[registry.name]
    if suppression:
        if name not in _SUPPRESSIONS:
            raise _refused('There is no such suppression.', where, name, f'one of {_SUPPRESSIONS}')
        return
    found = find_registered(name, registry) if isinstance(name, str) else None
    if found is None:
        near = did_you_mean(name, _known(registry), n=1) if isinstance(name, str) else ''
        fix = f'{near}; a class of a plug-in must be imported before the file is read' if near else None
        raise _refused(f'There is no {registry.name} of that type.', where, name, 'a registered name', fix)
    if not (inspect.isclass(found) and issubclass(found, kind)):
        raise _refused(f'A type is no {registry.name}.', where, name, f'a subclass of {kind.__name__}')


def find_registered(name: str, registry: Registry) -> Any:
    """What is registered under a name, in the registry or one above it; nothing is imported for it.

    Args:
        name: Plain, or with a scope before it: ``'mmdet.ResNet'``.
        registry: Where to begin.

    Returns:
        The class or function; None where there is none.
    """
    scope, _, plain = name.rpartition('.')
    registry.import_from_location()
    node: Registry | None = registry
    while node is not None:
        if plain in node.module_dict and scope in ('', node.scope):
            return node.module_dict[plain]
        node = node.parent
    return None


def _known(registry: Registry) -> list[str]:
    node: Registry | None = registry
    names: list[str] = []
    while node is not None:
        names += node.module_dict
        node = node.parent
    return names


def _refused(what: str, where: str, found: object, expected: str, fix: str | None = None) -> CheckpointError:
    shown = None if found is None else str(found)[:200]
    fix = fix or 'do not use this file unless you know who made it; publish the network again (mlkd publish)'
    return CheckpointError(what, where=where, found=shown, expected=expected, fix=fix)
