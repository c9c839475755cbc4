"""What the validations of a training measured, kept in its folder so that none is lost when it stops."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlkd.engine.records import jsonable, read_json
from mlkd.fileio import write_json

RECORD = 'validations.json'
LIVE, EMA = 'live', 'ema'


class ValidationRecord:
    """A list of validations, each with what was measured of the averaged and of the live weights.

    Args:
        folder: Of the training; the file is ``validations.json``.
        select_by: Name of the number that says which is best; higher is better.
    """

    def __init__(self, folder: Path, select_by: str) -> None:
        self.path, self.select_by = folder / RECORD, select_by
        self.entries: list[dict[str, Any]] = []

    def resume(self, iteration: int) -> None:
        """Read what was measured up to an iteration; what came later will be measured again."""
        content = read_json(self.path) or {}
        self.entries = [entry for entry in content.get('validations', []) if entry['iter'] <= iteration]

    def has(self, iteration: int) -> bool:
        """Whether there was a validation after so many iterations."""
        return any(entry['iter'] == iteration for entry in self.entries)

    def add(self, epoch: int, iteration: int, measured: Mapping[str, Mapping[str, float]]) -> str | None:
        """Note a validation.

        Args:
            epoch: How many epochs were trained.
            iteration: How many iterations were.
            measured: Numbers by name, of ``'ema'`` and of ``'live'``.

        Returns:
            Which of the two is now the best of all; None where neither is.
        """
        self.entries.append({'epoch': epoch, 'iter': iteration, **jsonable(measured)})
        return self.improved()

    def improved(self) -> str | None:
        """Which weights of the last validation are the best of all; None where neither is."""
        best = self.best()
        return best['weights'] if best is not None and best['iter'] == self.entries[-1]['iter'] else None

    def of(self, network: str) -> ValidationRecord:
        """What was measured of one network of a group, as if it were alone.

        Args:
            network: Its name, which that of each number begins with; ``''``: this is no group.
        """
        if not network:
            return self
        own, start = ValidationRecord(self.path.parent, self.select_by), f'{network}/'
        for entry in self.entries:
            numbers = {
                weights: {name.removeprefix(start): x for name, x in entry[weights].items() if name.startswith(start)}
                for weights in (EMA, LIVE)
            }
            checksum = entry.get('networks', {}).get(network)
            own.entries.append({'epoch': entry['epoch'], 'iter': entry['iter'], 'network_sha256': checksum, **numbers})
        return own

    def note(self, **facts: Any) -> None:
        """Add to the last validation."""
        self.entries[-1].update(facts)

    def write(self) -> None:
        """Write the file."""
        write_json(self.path, {'select_by': self.select_by, 'validations': self.entries})

    def best(self) -> dict[str, Any] | None:
        """The best validation: its entry and ``weights``; of equals the earlier, and the live weights."""
        found = None
        for entry in self.entries:
            for weights in (LIVE, EMA):
                value = entry[weights].get(self.select_by)
                if value is not None and (found is None or value > found[0]):
                    found = value, {**entry, 'weights': weights}
        return found and found[1]

    def report(self) -> dict[str, Any]:
        """For the result of a training.

        Returns:
            ``select_by``; ``last``: the epoch and the numbers of both weights; ``best``: epoch, which ``weights``,
            and their ``metrics``. The latter two are None where nothing was measured.
        """
        best, last = self.best(), self.entries[-1] if self.entries else None
        return {
            'select_by': self.select_by,
            'last': last and {key: last[key] for key in ('epoch', EMA, LIVE)},
            'best': best and {'epoch': best['epoch'], 'weights': best['weights'], 'metrics': best[best['weights']]},
        }
