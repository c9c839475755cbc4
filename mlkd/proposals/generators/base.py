"""What a proposal generator is."""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlkd.errors import ConfigError


class ProposalGenerator(ABC):
    """Makes candidate boxes of an image.

    A generator of one's own is a subclass registered in :data:`mlkd.registry.GENERATORS`. It keeps each argument of its
    constructor in an attribute of the same name (these settings go into the header of the store), gives the same boxes
    for the same image whenever it is asked, and can be pickled: what cannot is made by :meth:`prepare`.
    """

    #: Whether one process is enough, as with a network on a GPU; else one per core works, unless told otherwise.
    one_process: bool = False

    @abstractmethod
    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of one image, best first.

        What is raised here concerns this image alone: it is recorded, and the others are done.

        Args:
            image: uint8 (H, W, 3), BGR.

        Returns:
            float32 (R, 4), xyxy pixels of ``image``, zero-based, right and bottom edge exclusive, inside the image and
            with an area; and float32 (R,) scores, all 1 if there are none. :func:`mlkd.proposals.tidy` makes them so.
        """

    def prepare(self) -> None:  # noqa: B027  (most have nothing to prepare)
        """Load what images are worked on with; called once in each process, before its first image.

        What is raised here concerns all images and ends the run.
        """

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def header(self) -> dict[str, Any]:
        """Type and settings as plain JSON values, as they stand in the header of a store."""
        return json.loads(json.dumps({'type': type(self).__name__, **self.settings}))

    def check_settings(self, wrong: Mapping[str, str | bool]) -> None:
        """Raise over the first setting that is out of its range.

        Args:
            wrong: By name of the setting, what it should be; False where it is right.

        Raises:
            ConfigError: If one is wrong.
        """
        for name, expected in wrong.items():
            if expected:
                raise ConfigError(
                    'A setting is out of its range.',
                    where=f'{type(self).__name__}.{name}',
                    found=getattr(self, name),
                    expected=expected,
                )

    def __repr__(self) -> str:
        return f'{type(self).__name__}({", ".join(f"{name}={value!r}" for name, value in self.settings.items())})'
