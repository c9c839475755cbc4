"""Word vectors of labels: from GloVe's text files, from ``.npz``, from the files published with ML-GCN and MSRN."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ConfigError, DataError, PartitionError, did_you_mean, near_file, some
from mlkd.partition.label_names import canonical, checked_names
from mlkd.plain_pickle import load_plain, to_array

#: Words that stand for a label in the published files, where they are not the words of its name.
ALIASES: Mapping[str, str] = {
    'tvmonitor': 'tv',
    'diningtable': 'table',
    'pottedplant': 'plant',
    'hot dog': 'hotdog',
}
_FIX = 'name other words for the labels (aliases, --alias LABEL=WORDS), or use another file of vectors'


def read_label_vectors(
    path: str | Path,
    classes: Sequence[str],
    aliases: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
) -> np.ndarray:
    """Word vectors of labels, found by name.

    Args:
        path: ``.npz`` with ``classes`` and ``glove`` (K', D); a text file as GloVe's, a word and its D numbers per
            line; or a pickle of K' rows as published, of which nothing is executed.
        classes: Names of the K labels that vectors are wanted of; a file may hold more.
        aliases: For a text file: by label, words to be looked up in place of its name, beside :data:`ALIASES`.
        order: Names of the rows of a file that does not name them.

    Returns:
        float32 (K, D). Of a label of several words in a text file it is the mean of theirs.

    Raises:
        DataError: If the file is missing or damaged, names a label twice, or has no vector for one; names the labels.
        ConfigError: If there is an alias for what is no label.
    """
    path = Path(path)
    _check_aliases(aliases or {}, classes)
    if not path.is_file():
        raise DataError(
            'There is no such file of word vectors.',
            where=path,
            fix=f'{near_file(path)}; glove.6B.300d.txt is at https://nlp.stanford.edu/data/glove.6B.zip',
        )
    tables: dict[str, Callable[[Path, Sequence[str] | None], tuple[Sequence[str], Any]]] = {
        '.npz': _npz,
        '.pkl': _pickle,
        '.pickle': _pickle,
    }
    if path.suffix in tables:
        vectors = _rows(*tables[path.suffix](path, order), classes, path)
    else:
        vectors = _of_words(path, classes, {**ALIASES, **(aliases or {})})
    if not np.isfinite(vectors).all():
        wrong = [name for name, row in zip(classes, vectors, strict=True) if not np.isfinite(row).all()]
        raise DataError('A word vector is not finite.', where=path, found=some(wrong), fix='get the file again')
    return vectors


def words_of(label: str, aliases: Mapping[str, str] | None = None) -> list[str]:
    """The words that a label's vector is the mean of.

    >>> words_of('Traffic light'), words_of('tvmonitor', ALIASES)
    (['traffic', 'light'], ['tv'])
    """
    return re.split(r'[\s_-]+', (aliases or {}).get(label, label).strip().lower())


def _check_aliases(aliases: Mapping[str, str], classes: Sequence[str]) -> None:
    for label in aliases:
        if label not in classes:
            raise ConfigError(
                'An alias is for a label that is not asked for.',
                where='aliases',
                found=label,
                expected=f'one of {len(classes)} labels: {some(classes)}',
                fix=did_you_mean(label, classes) or 'write it as LABEL=WORDS, the label as the data set spells it',
            )


def _npz(path: Path, order: Sequence[str] | None) -> tuple[Sequence[str], Any]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            content = {name: arrays[name] for name in ('classes', 'glove') if name in arrays.files}
            keys = list(arrays.files)
    except Exception as error:
        # What a damaged file raises depends on where it is damaged: zip, zlib and I/O errors, ValueError, TypeError.
        raise _damaged(path, f'{type(error).__name__}: {str(error)[:200]}') from error
    names = content['classes'].tolist() if 'classes' in content else order
    if 'glove' not in content or names is None:
        raise _damaged(path, f'keys {", ".join(keys) or "none"}')
    try:
        return checked_names(names, path), content['glove']
    except PartitionError as error:
        fix = 'make the file again (tools/labels.py make)'
        raise DataError(
            error.what, where=f'{path}, classes', found=error.found, expected=error.expected, fix=fix
        ) from None


def _pickle(path: Path, order: Sequence[str] | None) -> tuple[Sequence[str], Any]:
    content = to_array(load_plain(path))
    if content is None:
        raise _damaged(path, 'something else than rows of numbers')
    if order is None:
        raise DataError(
            'The file does not say which labels its vectors are of.',
            where=path,
            found=f'an array of shape {content.shape}',
            fix='give the names in the order of the file (order=..., --order)',
        )
    return order, content


def _rows(names: Sequence[str], vectors: Any, classes: Sequence[str], path: Path) -> np.ndarray:
    vectors = np.asarray(vectors)
    if vectors.dtype.kind not in 'fiu' or vectors.ndim != 2 or not vectors.shape[1] or len(names) != len(vectors):
        raise DataError(
            'The word vectors do not fit the names in the file.',
            where=path,
            found=f'{len(names)} names, vectors {vectors.dtype} {vectors.shape}',
            expected='one row of numbers per name',
            fix='make the file again (tools/labels.py make), or give the order of its rows',
        )
    rows = {canonical(str(name)): row for row, name in enumerate(names)}
    missing = [name for name in classes if canonical(name) not in rows]
    if missing:
        near = did_you_mean(missing[0], rows)
        raise DataError(
            f'{len(missing)} of {len(classes)} labels have no word vector.',
            where=path,
            found=f'vectors of {len(names)} labels: {some(map(str, names))}',
            expected=', '.join(missing[:8]),
            fix=f'{missing[0]}: {near}'
            if near
            else 'use the file of this data set, or make one (tools/labels.py make)',
        )
    return np.ascontiguousarray(vectors[[rows[canonical(name)] for name in classes]], np.float32)


def _of_words(path: Path, classes: Sequence[str], aliases: Mapping[str, str]) -> np.ndarray:
    """Means of the vectors of each label's words."""
    words = {name: words_of(name, aliases) for name in classes}
    found = dict(_lines(path, {word for several in words.values() for word in several}))
    missing = {name: [word for word in several if word not in found] for name, several in words.items()}
    missing = {name: several for name, several in missing.items() if several}
    if missing:
        raise DataError(
            f'{len(missing)} of {len(classes)} labels have no word vector.',
            where=path,
            found=', '.join(f'{name} (no {" and ".join(map(repr, several))})' for name, several in missing.items()),
            expected='a line for each word of each label',
            fix=_FIX,
        )
    return np.stack([np.mean([found[word] for word in several], axis=0) for several in words.values()]).astype(
        np.float32
    )


def _lines(path: Path, wanted: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Words and vectors of the lines that are wanted; of a word that is there twice the first."""
    left, width = set(wanted), None
    with open(path, encoding='utf-8', errors='replace') as file:
        for number, line in enumerate(file, 1):
            word = line.split(' ', 1)[0]
            if number > 2 and word not in left:
                continue
            numbers = line.split()[1:]
            if number == 1 and len(numbers) == 1 and word.isdigit():
                continue  # word2vec's header: how many words, how many numbers.
            # Which is known from the first line, whether it is wanted or not.
            width = len(numbers) if width is None else width
            if word not in left or (width and len(numbers) > width):
                continue  # A token of several words that begins with one of ours.
            try:
                vector = np.array(numbers, np.float64)
            except ValueError:
                vector = np.empty(0)
            if len(vector) != width or not width:
                raise DataError(
                    'A line of the word vectors is not as it should be.',
                    where=f'{path}:{number}',
                    found=line[:60].rstrip(),
                    expected=f'a word and {width or "its"} numbers, with spaces between them',
                    fix='get the file again; it may be cut short',
                )
            left.discard(word)
            yield word, vector
            if not left:
                return


def _damaged(path: Path, found: str) -> DataError:
    return DataError(
        'A file of word vectors cannot be read.',
        where=path,
        found=found,
        expected="arrays 'classes' (K names) and 'glove' (K, D), without pickles",
        fix='get or make the file again (tools/labels.py make)',
    )
