"""Where a data set lies on disk, and pointing the data sets of a config somewhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mlkd.errors import DataError
from mlkd.registry import DATASETS

#: What needs no download, for those who have no data yet.
BUILT_IN = 'to see mlkd at work without any download, run configs/kd/wsddn_shapes.py, whose images are drawn'


def resolve_root(data_root: str | Path, folders: Sequence[str], landmark: str, obtain: str) -> Path:
    """The folder that a data set's paths are relative to.

    Args:
        data_root: What the config or the command line says.
        folders: Where below it the data may begin, the most likely first; ``'.'`` for the folder itself.
        landmark: A folder that must stand there.
        obtain: Where the data come from and what the layout is, for the message.

    Raises:
        DataError: If there is no such folder; the message says how to get the data.
    """
    root = Path(data_root)
    for folder in folders:
        if (root / folder / landmark).is_dir():
            return (root / folder).absolute()
    if root.is_dir():
        found = ', '.join(sorted(path.name for path in root.iterdir())[:8]) or 'nothing'
    else:
        found = 'a file' if root.exists() else 'no such folder'
    raise DataError(
        'The folder does not hold the data set.' if root.is_dir() else 'The data set is not there.',
        where=root.absolute(),
        found=found,
        expected=' or '.join(str(Path(root.name, folder, landmark)) for folder in folders),
        fix=f'{obtain}; then give its folder with --data-root DIR, or data_root in the config; {BUILT_IN}',
    )


def point_to(config: Config, data_root: str | Path) -> Config:
    """Point every data set of a config to a folder, in place.

    Data sets inside wrappers, in the dicts of a recipe's stages and in variables of the config file count too; those
    that read no files (Shapes) stay as they are.

    Args:
        config: The config.
        data_root: Folder of the data.

    Returns:
        ``config``.
    """
    root = str(data_root)
    for dataset in _dataset_dicts(config._cfg_dict):
        dataset['data_root'] = root
    return config


def _dataset_dicts(node: Any) -> Iterator[Any]:
    """All dicts below ``node`` that configure a data set which reads files."""
    if isinstance(node, Mapping):
        if _reads_files(node):
            yield node
        node = node.values()
    if not isinstance(node, (str, bytes)) and hasattr(node, '__iter__'):
        for item in list(node):
            if isinstance(item, (Mapping, list, tuple)):
                yield from _dataset_dicts(item)


def _reads_files(config: Mapping[str, Any]) -> bool:
    from mlkd.datasets.base import MultiLabelDataset

    kind = config.get('type')
    cls = DATASETS.get(kind) if isinstance(kind, str) and 'dataset' not in config and 'datasets' not in config else kind
    if isinstance(cls, type) and issubclass(cls, MultiLabelDataset):
        return cls.READS_FILES
    # Other packages' data sets, what a stage overrides of one, variables of the file: what already names a root.
    return isinstance(config.get('data_root'), str)
