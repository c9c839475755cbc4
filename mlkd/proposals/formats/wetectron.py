"""The proposal pickle of Detectron, which wetectron and other weakly-supervised detectors read."""

from __future__ import annotations

from pathlib import Path

from mlkd.proposals.formats.convention import Convention
from mlkd.proposals.formats.detectron2 import PICKLES, Detectron2Pickle, contains
from mlkd.proposals.formats.names import number_or_name
from mlkd.proposals.image_catalogue import ImageRecord
from mlkd.registry import PROPOSAL_FORMATS


@PROPOSAL_FORMATS.register_module(name='wetectron')
class WetectronPickle(Detectron2Pickle):
    """A dict of lists: ``indexes``, ``boxes``, ``scores``.

    Boxes are x1, y1, x2, y2, zero-based, the last pixel inclusive: those of MATLAB less 1, as Detectron's converters
    make them, and wetectron counts a width as x2 - x1 + 1. ``indexes`` are numbers: the id of COCO, of VOC the name as
    a number (12 for ``000012``, 2008000123 for ``2008_000123``). Boxes that float32 cannot say exactly once the last
    pixel is inclusive are written as float64.
    """

    CONVENTION = Convention(end='inclusive')
    IDS, SCORES = 'indexes', 'scores'
    WITH_MODE = False

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A pickle with ``indexes``."""
        return path.suffix in PICKLES and contains(path, b'indexes') and not Detectron2Pickle.recognises(path)

    def name(self, record: ImageRecord) -> int | str:
        """What the file calls an image."""
        return number_or_name(record)
