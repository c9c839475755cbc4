"""Draws images of a config's data set with the boxes of their annotation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.arguments import check_number
from mlkd.datasets.base import MultiLabelDataset
from mlkd.engine.config_errors import translated
from mlkd.errors import ConfigError
from mlkd.fileio import atomic_write
from mlkd.proposals import DatasetReader
from mlkd.registry import DATASETS
from mlkd.visualization import AnnotatedImage, dataset_sheet, small_png


def write_pictures(config: Mapping[str, Any], out: str | Path, images: int) -> Path:
    """Draw the first images of a data set.

    Args:
        config: Of the data set.
        out: The PNG file.
        images: How many.

    Returns:
        The file.

    Raises:
        ConfigError: If the number is below 1, or the data set is none of mlkd's.
        DataError: If the data are missing or wrong.
    """
    check_number('--images', images, 1, whole=True)
    with translated({'dataset': dict(config)}, 'dataset'):
        dataset = DATASETS.build(dict(config))
    if not isinstance(dataset, MultiLabelDataset):
        raise ConfigError(
            'Only data sets of mlkd can be shown.',
            where='dataset.type',
            found=config.get('type'),
            expected='a subclass of mlkd.datasets.MultiLabelDataset',
        )
    count = min(images, len(dataset))
    read = DatasetReader(dataset)
    shown = [annotated(read(index), dataset.get_data_info(index)) for index in range(count)]
    with atomic_write(out, 'wb') as file:
        file.write(small_png(dataset_sheet(shown, dataset.classes)))
    return Path(out)


def annotated(image: np.ndarray, entry: Mapping[str, Any]) -> AnnotatedImage:
    """An image and its entry in the data set, for the sheet."""
    instances = entry.get('instances', ())
    # A class of which all objects are difficult may be neither present nor absent.
    here = set(np.flatnonzero(np.asarray(entry['gt_label']) == 1).tolist()) | {i['bbox_label'] for i in instances}
    return AnnotatedImage(
        image=image,
        labels=sorted(here),
        boxes=np.array([item['bbox'] for item in instances], np.float32).reshape(-1, 4),
        box_classes=[item['bbox_label'] for item in instances],
        difficult=[bool(item['ignore_flag']) for item in instances],
    )
