"""From photos to what a network takes; proposals are made where it needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os.path import exists, isdir
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.apis.stage_network import StageNetwork
from mlkd.datasets.transforms import LoadImage
from mlkd.datasets.transforms.boxes import rescaled
from mlkd.errors import ConfigError, DataError, MLKDError, ProposalError
from mlkd.proposals import ProposalGenerator, ProposalStore, build_generator
from mlkd.proposals.checks import check_boxes
from mlkd.proposals.readers import SUFFIXES, images_below
from mlkd.registry import DATASETS, TRANSFORMS
from mlkd.structures import ProposalSet


def find_photos(paths: Iterable[str | Path]) -> dict[Path, str]:
    """The photos that are named, and those in the folders that are named, in order of their names.

    Returns:
        The key of each photo: its path below the folder that was named, '/'-separated, or its name.

    Raises:
        DataError: If a path is not there, or there is no photo.
    """
    found: dict[Path, str] = {}
    for path in map(Path, paths):
        if not exists(path):
            raise DataError('There is no such file or folder.', where=path, fix='check the path, and who may read it')
        for photo in images_below(path) if isdir(path) else [path]:
            found.setdefault(photo, photo.relative_to(path).as_posix() if isdir(path) else photo.name)
    if not found:
        raise DataError('There is no photo.', where=', '.join(map(str, paths)), expected=f'{sorted(SUFFIXES)}')
    return found


def class_names(network: StageNetwork) -> Sequence[str]:
    """Names of the labels: from the config or the class of its test set; from the data themselves where it must be."""
    config = network.dataset_config()
    meta = {**(getattr(DATASETS.get(config['type']), 'METAINFO', None) or {}), **(config.get('metainfo') or {})}
    return meta['classes'] if meta.get('classes') else network.test_set().metainfo['classes']


class PhotoPipeline:
    """The transforms of a network's test set, for photos that are in no data set.

    A network that needs proposals gets those of ``store``, or else those that the generator of the config
    (``proposals = dict(generator=...)``) makes of the photo, in memory. Of a photo without any box the whole image is
    the one proposal, unless the test set says ``empty_proposals='keep'``. For other networks, transforms of proposals
    are left out.

    Photos are turned upright as their EXIF data say, but for those with a store, whose boxes are in pixels as stored.

    Args:
        network: What the photos are for.
        store: Path of a store with proposals of the photos, by their keys.

    Raises:
        ConfigError: If the network needs proposals and there is no way to them, or if nothing loads images.
    """

    def __init__(self, network: StageNetwork, store: str | Path | None = None) -> None:
        config = network.dataset_config()
        steps = list(config.get('pipeline') or ())
        self.proposer = Proposer(network.config.get('proposals'), store) if network.needs_proposals else None
        if self.proposer is None:
            steps = [step for step in steps if 'Proposals' not in step['type']]
        if not steps:
            raise ConfigError(
                'The test set has no pipeline.', where=f'{network.stage}.test_dataloader.dataset.pipeline'
            )
        first = dict(steps[0])
        if str(first['type']).rpartition('.')[2] == LoadImage.__name__:
            first['upright'] = store is None
        self.load, *self.rest = (TRANSFORMS.build(dict(step)) for step in (first, *steps[1:]))
        self.keep_empty = config.get('empty_proposals') == 'keep'

    def __call__(self, photo: Path, key: str) -> tuple[np.ndarray, Mapping[str, Any]]:
        """Read a photo, once.

        Returns:
            The image, uint8 (H, W, 3) BGR, and the packed sample.

        Raises:
            DataError: If it cannot be read.
            ProposalError: If it has no proposals and none can be made.
        """
        results = self.load({'img_path': str(photo), 'img_key': key})
        image = results['img']
        if self.proposer is not None:
            proposals = self.proposer(key, image)
            if not len(proposals) and not self.keep_empty:
                proposals = ProposalSet.whole_image(image.shape[:2])
            results['proposals'] = rescaled(proposals.bboxes, proposals.size, image.shape[:2])
            results['proposal_scores'] = proposals.scores
        for step in self.rest:
            results = step(results)
        return image, results


class Proposer:
    """Proposals of single images: from a store where it has them, else from a generator.

    Args:
        config: ``proposals`` of a config, ``dict(generator=...)``.
        store: Path of a store.

    Raises:
        ConfigError: If there is neither a store nor a generator.
    """

    def __init__(self, config: Mapping[str, Any] | None, store: str | Path | None = None) -> None:
        generator = (config or {}).get('generator')
        self.store = ProposalStore.open(store) if store else None
        self.generator: ProposalGenerator | None = build_generator(generator) if generator else None
        if self.store is None and self.generator is None:
            raise ConfigError(
                'The network needs proposals, and nothing says how to make them.',
                where='proposals.generator',
                expected="dict(type='SelectiveSearch')",
                fix="set proposals = dict(generator=dict(type='SelectiveSearch')) in the config, with the generator "
                'that the network was trained with, or name a store that holds the photos (--proposals NAME.mlkd)',
            )

    def __call__(self, key: str, image: np.ndarray) -> ProposalSet:
        """Proposals of ``image``, uint8 (H, W, 3) BGR, whose key is ``key``.

        Raises:
            ProposalError: If the store does not have it and no generator is named, or the generator fails.
        """
        if self.store is not None and key in self.store:
            return self.store[key]
        if self.generator is None:
            assert self.store is not None
            raise ProposalError(
                'The store has no proposals of a photo, and the config names no generator.',
                where=self.store.path,
                found=f'no {key}',
                fix='set proposals = dict(generator=...) in the config',
            )
        try:
            bboxes, scores = self.generator(image)
        except MLKDError:
            raise
        except Exception as error:
            # Anything may come out of a generator of somebody's own.
            found = f'{type(error).__name__}: {error}'
            raise ProposalError(
                f'{self.generator} failed.',
                where=key,
                found=found,
                fix='take another generator, or leave this photo out',
            ) from error
        proposals = ProposalSet(np.asarray(bboxes, np.float32), np.asarray(scores, np.float32), image.shape[:2])
        check_boxes(key, proposals.bboxes, proposals.scores, proposals.size)
        return proposals
