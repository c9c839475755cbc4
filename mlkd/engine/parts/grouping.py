"""Which networks are trained together, by which process, and from where they go on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mlkd.checkpoint_file import load_file
from mlkd.engine.checkpoints.files import latest_whole_checkpoint
from mlkd.engine.records import read_json
from mlkd.fileio import write_json

from .group_checkpoint import take_over
from .label_part import LabelPart

#: In the folder of a group: the names of its networks.
MEMBERS = 'group.json'
_PREFIX = 'together-'


@dataclass(frozen=True)
class Group:
    """Parts whose networks are trained on one stream.

    Attributes:
        parts: The parts.
        source: Checkpoint to go on from, maybe of a group with others in it; None: from the beginning.
    """

    parts: tuple[LabelPart, ...]
    source: str | None = None

    @property
    def names(self) -> list[str]:
        """Names of the networks."""
        return [part.name for part in self.parts]

    @property
    def folder(self) -> str:
        """Name of the folder that the group works in, the same for the same networks."""
        return _PREFIX + hashlib.sha256('\0'.join(sorted(self.names)).encode()).hexdigest()[:8]

    def begin(self, stage_folder: Path) -> str | None:
        """Note whose folder it is; the checkpoint to resume from, in it."""
        folder = stage_folder / self.folder
        write_json(folder / MEMBERS, {'networks': self.names})
        if self.source is None or Path(self.source).parent == folder:
            return self.source
        return take_over(self.source, self.names, folder)


def plan(
    parts: Sequence[LabelPart], folder: Path, together: int | None = None, processes: int = 1
) -> list[list[Group]]:
    """Put parts into groups, and groups to processes.

    What goes on from one checkpoint stays together, as far as ``together`` allows: only at the same iteration can
    networks share a stream.

    Args:
        parts: What is to be trained.
        folder: Of the stage, where earlier groups may have left checkpoints.
        together: How many networks at a time at most; None: as many as a process has.
        processes: How many there are.

    Returns:
        For each process its groups, in order.
    """
    sources = _sources(parts, folder)
    begun: dict[str, list[LabelPart]] = {}
    for part in parts:
        if part.name in sources:
            begun.setdefault(sources[part.name], []).append(part)
    groups = [Group(chunk, source) for source, found in begun.items() for chunk in _chunks(found, together)]
    groups += [Group(chunk) for chunk in _chunks([p for p in parts if p.name not in sources], together, processes)]
    shares: list[list[Group]] = [[] for _ in range(processes)]
    for group in sorted(groups, key=lambda one: -len(one.parts)):
        min(shares, key=lambda share: sum(len(one.parts) for one in share)).append(group)
    return shares


def _chunks(parts: Sequence[LabelPart], most: int | None, processes: int = 1) -> list[tuple[LabelPart, ...]]:
    """Parts in order, divided evenly, and so that each process has as many divisions as any other."""
    if not parts:
        return []
    rounds = -(-len(parts) // ((most or len(parts)) * processes))
    count = min(rounds * processes, len(parts))
    bounds = [round(i * len(parts) / count) for i in range(count + 1)]
    return [tuple(parts[start:end]) for start, end in pairwise(bounds)]


def _sources(parts: Sequence[LabelPart], folder: Path) -> dict[str, str]:
    """The newest checkpoint that holds each network, where there is one."""
    wanted = {part.name for part in parts}
    found: dict[str, tuple[int, str]] = {}
    for file in sorted(folder.glob(f'{_PREFIX}*/{MEMBERS}')):
        names = wanted & set((read_json(file) or {}).get('networks') or ())
        checkpoint = latest_whole_checkpoint(file.parent) if names else None
        if checkpoint is None:
            continue
        iteration = int(load_file(checkpoint)['meta']['iter'])
        for name in names:
            if name not in found or iteration > found[name][0]:
                found[name] = iteration, checkpoint
    return {name: checkpoint for name, (_, checkpoint) in found.items()}
