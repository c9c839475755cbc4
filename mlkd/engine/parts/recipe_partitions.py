"""The partitions that a recipe names (its key ``partitions``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mlkd.engine.distributed import from_rank_0
from mlkd.engine.recipe import Recipe
from mlkd.engine.seeding import iteration_seed
from mlkd.errors import PartitionError
from mlkd.fileio import checksum
from mlkd.partition import LabelCounts, Partition, read_counts, read_partition, write_partition

from .label_part import LabelPart, label_parts
from .training_labels import training_classes, training_counts

#: Folder of a run for the files of its partitions.
FOLDER = 'partitions'


class RecipePartitions:
    """The partitions of a recipe, made or read once.

    Args:
        recipe: The recipe.
        stages: The stages whose networks are to be trained or taken over.
        folder: Of the run; a partition that it holds already is kept if it was made in the same way.
        seed: Of the run; partitions that name none get one from it and from their name.

    Raises:
        ConfigError: If the dict of a partition makes no sense.
        PartitionError: If a partition cannot be made or read, or is not of the labels of the data set.
    """

    def __init__(self, recipe: Recipe, stages: Sequence[str], folder: Path, seed: int) -> None:
        self.folder, self.seed = folder / FOLDER, seed
        self.partitions: dict[str, Partition] = {}
        self.classes: dict[str, tuple[str, ...]] = {}
        self._parts: dict[str, dict[str, tuple[LabelPart, ...]]] = {}
        for stage in (name for name in stages if recipe.partitions_of(name)):
            merged = recipe.merged(stage)
            self.classes[stage] = from_rank_0(partial(training_classes, merged, stage))
            for name in recipe.partitions_of(stage):
                if name not in self.partitions:
                    make = partial(self._named, name, recipe.partitions[name], merged, self.classes[stage])
                    self.partitions[name] = from_rank_0(make)
            self._parts[stage] = {
                name: label_parts(self.partitions[name].parts, self.classes[stage])
                for name in recipe.partitions_of(stage)
            }

    def parts(self, stage: str) -> dict[str, LabelPart]:
        """The parts of all partitions of a stage by their names; what is in several of them is there once."""
        return {part.name: part for parts in self._parts[stage].values() for part in parts}

    def names(self, stage: str) -> dict[str, list[str]]:
        """Names of the parts of each partition of a stage, in the partition's order."""
        return {name: [part.name for part in parts] for name, parts in self._parts[stage].items()}

    def write(self) -> None:
        """Leave a file of each partition."""
        for name, partition in self.partitions.items():
            write_partition(partition, self._file(name))

    def summary(self) -> dict[str, Any]:
        """What is to be known of each partition, with its file and the file's checksum."""
        return {
            name: {
                'file': f'{FOLDER}/{self._file(name).name}',
                'sha256': checksum(self._file(name)),
                'parts': partition.num_parts,
                'sizes': list(partition.sizes),
                **{key: getattr(partition, key) for key in ('graph', 'rho', 'seed', 'counts', 'dataset')},
            }
            for name, partition in self.partitions.items()
        }

    def _file(self, name: str) -> Path:
        return self.folder / f'{name}.json'

    def _named(
        self, name: str, config: Mapping[str, Any], stage: Mapping[str, Any], classes: tuple[str, ...]
    ) -> Partition:
        try:
            return self._make(name, config, stage, classes)
        except PartitionError as error:
            raise error.at(f'partitions.{name}') from error

    def _make(
        self, name: str, config: Mapping[str, Any], stage: Mapping[str, Any], classes: tuple[str, ...]
    ) -> Partition:
        if 'file' in config:
            return read_partition(config['file'], classes)
        if 'published' in config:
            return Partition.published(config['published'], config['graph'], config['parts']).reordered(classes)
        counts = read_counts(config['counts'], classes) if config.get('counts') else training_counts(stage)
        counts = counts.permuted(classes)
        # Of two random partitions of a run, neither is the other.
        drawn = iteration_seed(self.seed, f'{FOLDER}/{name}', 0, 0) % 2**32
        seed = drawn if config.get('seed') is None else config['seed']
        kept = read_partition(self._file(name)) if self._file(name).is_file() else None
        if kept is not None and _made_so(kept, config, counts, seed):
            return kept
        return Partition.of(
            counts, config['graph'], config['parts'], rho=config.get('rho'), seed=seed, sizes=config.get('sizes')
        )


def _made_so(partition: Partition, config: Mapping[str, Any], counts: LabelCounts, seed: int) -> bool:
    """Whether a partition that is there was made in this way; a later release of a library might make another."""
    rho, sizes = config.get('rho'), config.get('sizes')
    return (
        (partition.graph, partition.num_parts, partition.seed) == (config['graph'], config['parts'], seed)
        and (partition.counts, partition.classes) == (counts.checksum, counts.classes)
        and (rho is None or rho == partition.rho)
        and (sizes is None or sorted(sizes) == sorted(partition.sizes))
    )
