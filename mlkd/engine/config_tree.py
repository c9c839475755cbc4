"""Walking through nested configs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def is_distiller(model: Any) -> bool:
    """Whether the config of a model is a distiller's: a student and teachers."""
    return isinstance(model, Mapping) and 'student' in model and 'teachers' in model


def walk(value: Any, where: str = '') -> Iterator[tuple[str, Any]]:
    """All values of a nested config, containers before their contents, each with its key path."""
    yield where, value
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, Mapping):
        items = iter(value.items())
    elif isinstance(value, (list, tuple)):
        items = iter(enumerate(value))
    for key, item in items:
        yield from walk(item, f'{where}.{key}' if where else str(key))


def set_dataset_argument(dataloader: Any, key: str, value: Any, *, default: bool = False) -> None:
    """Set an argument of the data sets of a data loader's config, those inside wrappers too, in place.

    Args:
        dataloader: Config of a data loader, or None.
        key: Name of the argument.
        value: Its value.
        default: Leave it where the config has one.
    """
    for dataset in dataset_configs(dataloader):
        if not default or dataset.get(key) is None:
            dataset[key] = copy.deepcopy(value)


def dataset_configs(dataloader: Any) -> Iterator[dict]:
    """The configs of the data sets that read samples, below wrappers."""
    pending = [dataloader.get('dataset')] if isinstance(dataloader, Mapping) else []
    while pending:
        dataset = pending.pop(0)
        if not isinstance(dataset, Mapping):
            continue
        inner = [dataset['dataset']] if 'dataset' in dataset else list(dataset.get('datasets', ()))
        pending.extend(inner)
        if not inner:
            yield dataset  # type: ignore[misc]


def map_strings(value: Any, function: Callable[[str, str], Any], where: str) -> Any:
    """A copy of a nested config in which ``function(text, key path)`` takes the place of each string."""
    if isinstance(value, str):
        return function(value, where)
    if isinstance(value, Mapping):
        return {key: map_strings(item, function, f'{where}.{key}') for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [map_strings(item, function, f'{where}.{index}') for index, item in enumerate(value)]
        return type(value)(items)
    return value
