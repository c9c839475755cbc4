"""The errors that a user of mlkd can meet.

Every one says where (file, line or key), what was found, what was expected and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class MLKDError(Exception):
    """Something that a person can mend.

    Args:
        what: One sentence: what is wrong.
        where: File, ``file:line`` or config key concerned.
        found: What was there.
        expected: What should have been there.
        fix: What to do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        found: object = None,
        expected: object = None,
        fix: str | None = None,
    ) -> None:
        self.what, self.where, self.found, self.expected, self.fix = what, where, found, expected, fix
        rows = [('where', where), ('found', found), ('expected', expected), ('what to do', fix)]
        super().__init__('\n'.join([what, *(f'  {name}: {value}' for name, value in rows if value is not None)]))

    def at(self, place: object, joined: str = ': ') -> MLKDError:
        """The same error, told from further out.

        Args:
            place: File or config key in which it is.
            joined: What stands between it and where the error was until now, if that is known.

        Returns:
            A new error of the same class; raise it from this one.

        >>> ConfigError('Too many.', where='parts').at('partitions.cgp', '.').where
        'partitions.cgp.parts'
        """
        where = place if self.where is None else f'{place}{joined}{self.where}'
        return type(self)(self.what, where=where, found=self.found, expected=self.expected, fix=self.fix)

    def __reduce__(self) -> tuple:
        """Survive the way back from a data-loading process, where only ``args`` would be kept."""
        return _rebuild, (type(self), self.what, self.where, self.found, self.expected, self.fix)


class DataError(MLKDError):
    """A data set, an annotation file or an image is not as it should be."""


class ProposalError(MLKDError):
    """A proposal file or the proposals of one image are not as they should be."""


class PartitionError(MLKDError):
    """Counts of labels, a division of labels into parts, or a file of either is not as it should be."""


class ConfigError(MLKDError):
    """A config file or a command-line option is not as it should be."""


class CheckpointError(MLKDError):
    """A checkpoint cannot be read or does not fit the network."""


class TrainingError(MLKDError):
    """Training cannot go on (a loss is not finite, for example)."""


def _rebuild(cls: type[MLKDError], what: str, where: object, found: object, expected: object, fix: str) -> MLKDError:
    return cls(what, where=where, found=found, expected=expected, fix=fix)


def did_you_mean(name: str, known: Iterable[str], n: int = 3) -> str:
    """A clause that names what is spelt like ``name``.

    Args:
        name: The word that was not found.
        known: The words that exist.
        n: At most how many to name.

    Returns:
        ``'did you mean a or b?'``, or ``''`` where nothing is near.

    >>> did_you_mean('learning_rte', ['learning_rate', 'momentum'])
    'did you mean learning_rate?'
    """
    near = difflib.get_close_matches(name, list(known), n=n, cutoff=0.6)
    return f'did you mean {" or ".join(near)}?' if near else ''


def unknown_name(what: str, where: str, found: str, known: Iterable[str], these: str = 'one of these') -> ConfigError:
    """An error about a name of a config or command line that leads nowhere.

    Args:
        what: One sentence: what is wrong.
        where: Config key or option.
        found: What was there; the name is what follows the last colon.
        known: The names that exist.
        these: What those are.
    """
    known = list(known)
    near = did_you_mean(found.rpartition(':')[2], known)
    return ConfigError(what, where=where, found=found, expected=f'{these}: {", ".join(known)}', fix=near or None)


def near_file(path: Path) -> str:
    """What to do about a file that is missing: the names in its folder that are spelt like its own, or to look."""
    if path.is_dir():
        return f'name a file of this folder: {some(child.name for child in path.iterdir()) or "it is empty"}'
    near = did_you_mean(path.name, [other.name for other in path.parent.glob('*')]) if path.parent.is_dir() else ''
    return near or 'check the path'


def some(names: Iterable[str], n: int = 5) -> str:
    """The first ``n`` names in alphabetical order, and how many more there are.

    >>> some('edcba', 3)
    'a, b, c and 2 more'
    """
    names = sorted(names)
    return ', '.join(names[:n]) + (f' and {len(names) - n} more' if len(names) > n else '')
