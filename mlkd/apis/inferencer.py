"""Labels of photos from Python: one file of a network, any photos in, labels with scores out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.apis.photos.files import Photo, find_photos, photo_pixels
from mlkd.apis.photos.results import PhotoResult, PhotoResults
from mlkd.arguments import check_number
from mlkd.errors import ConfigError, MLKDError
from mlkd.published import PhotoNetwork, load_student

#: Photos at a time.
BATCH_SIZE = 8


class MultiLabelInferencer:
    """A network that labels photos.

    >>> inferencer = MultiLabelInferencer('student.safetensors')       # doctest: +SKIP
    >>> for result in inferencer(['holiday', 'cat.jpg']):              # doctest: +SKIP
    ...     print(result.photo, result.labels)

    Args:
        model: File of a published network (``student.safetensors`` of a run, or what ``mlkd publish`` wrote); or a
            network that is loaded already.
        device: PyTorch's name of where it shall work; the GPU where there is one, by default.
        proposals: Store of proposals of the photos, for a detector; it makes them itself where this has none. Photos
            are then taken as they are stored, and not turned upright as their EXIF data say.

    Raises:
        CheckpointError: If the file cannot be read or asks for something that may not be built.
        ConfigError: If there is no such device, or a detector's proposals come from nowhere.
    """

    def __init__(
        self, model: str | Path | PhotoNetwork, device: str | None = None, *, proposals: str | Path | None = None
    ) -> None:
        self.network: PhotoNetwork = (
            model if isinstance(model, PhotoNetwork) else load_student(model, device, store=proposals)
        )
        self.upright = proposals is None

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the labels."""
        return self.network.classes

    def thresholds(self, threshold: float | Sequence[float] | None = None) -> tuple[float, ...]:
        """What each label must score above.

        Args:
            threshold: One for all, or one for each; None: those of the file.

        Raises:
            ConfigError: If there are not as many as labels.
        """
        if threshold is None:
            return self.network.thresholds
        values = np.asarray(threshold, np.float64)
        if values.shape not in ((), (len(self.classes),)) or np.isnan(values).any():
            expected = f'a number, or {len(self.classes)} of them'
            raise ConfigError('These are no thresholds.', where='threshold', found=threshold, expected=expected)
        return tuple(np.broadcast_to(values, len(self.classes)).tolist())

    def __call__(
        self,
        photos: Photo | Iterable[Photo],
        batch_size: int = BATCH_SIZE,
        threshold: float | Sequence[float] | None = None,
    ) -> PhotoResults:
        """Label photos.

        Args:
            photos: Files, folders, patterns (see :func:`~mlkd.apis.photos.find_photos`), or arrays as OpenCV reads
                them, uint8 (H, W, 3) BGR; or one of these.
            batch_size: How many the network sees at a time.
            threshold: See :meth:`thresholds`.

        Returns:
            A result for each photo; its ``broken`` says what is wrong with those that could not be read.

        Raises:
            DataError: If a path is not there, or there is no photo.
            ConfigError: If an argument makes no sense.
        """
        given = [photos] if isinstance(photos, (str, Path, np.ndarray)) else list(photos)
        named: dict[Path, tuple[Photo, str]] = {}
        for index, photo in enumerate(given):
            if isinstance(photo, np.ndarray):
                named[Path(str(index))] = photo, str(index)
            else:
                named.update({path: (path, key) for path, key in find_photos([photo]).items()})
        results = PhotoResults()
        passed = self.thresholds(threshold)
        for path, outcome in self.stream(((path, *what) for path, what in named.items()), batch_size):
            if isinstance(outcome, MLKDError):
                results.broken[path] = outcome
            else:
                results.append(PhotoResult.of(path, outcome, self.classes, passed))
        return results

    def stream(
        self, photos: Iterable[tuple[Path, Photo, str]], batch_size: int = BATCH_SIZE
    ) -> Iterator[tuple[Path, Any]]:
        """Label photos a batch at a time, without keeping any.

        Args:
            photos: Name, photo and key of each.
            batch_size: How many the network sees at a time.

        Yields:
            Name and sample of each, in their order; or, where a photo cannot be used, the error.

        Raises:
            ConfigError: If ``batch_size`` is below 1.
        """
        check_number('batch_size', batch_size, 1, whole=True)
        pending = iter(photos)
        while batch := list(islice(pending, batch_size)):
            packed: dict[Path, Any] = {}
            errors: dict[Path, MLKDError] = {}
            for name, photo, key in batch:
                # A photo is large, what the network takes of it is not: one photo at a time is in memory.
                try:
                    packed[name] = self.network.pipeline(photo_pixels(photo, self.upright), key)
                except MLKDError as error:
                    errors[name] = error
            samples = dict(zip(packed, self.network.predict_packed(list(packed.values())), strict=True))
            for name, _, _ in batch:
                yield name, errors[name] if name in errors else samples[name]
