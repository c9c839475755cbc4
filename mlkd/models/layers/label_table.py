"""What is known of labels before any image is seen: word vectors, and which label implies which."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.arguments import check_number
from mlkd.datasets.class_names import label_names
from mlkd.errors import ConfigError, DataError
from mlkd.models.utils.label_vectors import read_label_vectors
from mlkd.models.utils.weight_files import missing_weights_allowed
from mlkd.partition import LabelCounts, read_counts
from mlkd.partition.adjacency import Statistics, adjacency, check_graph
from mlkd.registry import DATASETS, MODELS


@MODELS.register_module()
class LabelTable(BaseModule):
    """Word vectors E and adjacency A of K labels, constant; the files are read when training begins.

    Both are in the state dict, so that a network that was trained needs no file. Labels are found in files by name,
    whatever their order there.

    Args:
        classes: Names of the labels in the order of the logits, or the name of a data set whose labels they are.
        counts: Where A comes from: a file of counts (:func:`~mlkd.partition.read_counts`), or the config of a data set
            whose labels are counted. None: no label implies another.
        vectors: File of word vectors (:func:`~mlkd.models.utils.label_vectors.read_label_vectors`). None: vectors are
            learnt from scratch.
        channels: Width of the vectors.
        tau: See :func:`~mlkd.partition.adjacency.adjacency`.
        p: The same.
        statistics: The same.
        aliases: As of ``read_label_vectors``.
        order: Order of the labels in files that do not name them: names, or the name of a data set.
        init_cfg: MMEngine's.

    Raises:
        ConfigError: If the labels are not known, or an argument makes no sense.
    """

    #: Arguments that say where A and E come from; the state dict has both.
    training_arguments = ('counts', 'vectors', 'tau', 'p', 'statistics', 'aliases', 'order')

    adjacency: Tensor

    def __init__(
        self,
        classes: str | Sequence[str],
        counts: str | Mapping[str, Any] | None = None,
        vectors: str | None = None,
        channels: int = 300,
        tau: float = 0.4,
        p: float = 0.2,
        statistics: Statistics = 'counted',
        aliases: Mapping[str, str] | None = None,
        order: str | Sequence[str] | None = None,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.classes = label_names(classes)
        check_graph(tau, p, statistics)
        check_number('head.labels.channels', channels, 1, whole=True)
        self.counts, self.file, self.channels = counts, vectors, channels
        self.tau, self.p, self.statistics = tau, p, statistics
        self.aliases, self.order = aliases, None if order is None else label_names(order)
        size = len(self.classes)
        self.register_buffer('adjacency', torch.eye(size))
        if vectors is None:
            self.vectors = nn.Parameter(torch.empty(size, channels))
            # As long as those of GloVe are on the whole, whose norm is near 6 at 300 channels.
            nn.init.normal_(self.vectors, std=6 / channels**0.5)
        else:
            self.register_buffer('vectors', torch.randn(size, channels) * 6 / channels**0.5)
        self._known = counts is None and vectors is None

    def init_weights(self) -> None:
        """Read the files; MMEngine calls this before it trains a network.

        Raises:
            MLKDError: If a file is missing or wrong, or lacks a label.
        """
        super().init_weights()
        if self.counts is not None and self._is_there(self.counts):
            matrix = adjacency(self._read_counts().permuted(self.classes), self.tau, self.p, self.statistics)
            self.adjacency.copy_(torch.from_numpy(matrix))
        if self.file is None:
            print_log('No file of word vectors is given: those of the labels are learnt from scratch.', 'current')
        elif self._is_there(self.file):
            self._read_vectors(self.file)
        self._known = True

    def check_known(self) -> None:
        """Raise if neither files nor a checkpoint have been read.

        Raises:
            ConfigError: If so.
        """
        if not self._known:
            raise ConfigError(
                'The word vectors and the graph of the labels have not been read.',
                where='head.labels',
                found=f'a network that was built, and not yet initialised: {self.file}, {self.counts}',
                fix='call init_weights() or load a checkpoint',
            )

    @property
    def mask(self) -> Tensor:
        """bool (K, K): whether label i, the row, may attend to label j: they are the same, or j implies i."""
        return self.adjacency.T > 0

    @property
    def normalised_adjacency(self) -> Tensor:
        r"""\hat A = D^{-1/2} A^T D^{-1/2} (K, K), with D_ii the sum of row i of A (ML-GCN, ``gen_adj``)."""
        scale = self.adjacency.sum(dim=1).rsqrt()
        return scale[:, None] * self.adjacency.T * scale

    def _is_there(self, source: str | Mapping[str, Any]) -> bool:
        """Whether a file is there; without it a dry run goes on with what is drawn at random, and says so."""
        if isinstance(source, Mapping) or Path(source).is_file():
            return True
        error = DataError(
            'There is no such file of labels.',
            where=Path(source).absolute(),
            fix='make it with tools/labels.py make --config CONFIG --vectors glove.6B.300d.txt --out FILE.npz',
        )
        if not missing_weights_allowed():
            raise error
        warnings.warn(f'{error}\nGoing on without, which a dry run may do.', stacklevel=2)
        return False

    def _read_counts(self) -> LabelCounts:
        if not isinstance(self.counts, Mapping):
            return read_counts(str(self.counts), self.order)
        return LabelCounts.of_dataset(DATASETS.build({'pipeline': [], **self.counts}))

    def _read_vectors(self, path: str) -> None:
        vectors = read_label_vectors(path, self.classes, self.aliases, self.order)
        if vectors.shape[1] != self.channels:
            raise DataError(
                'The word vectors have another width than the network.',
                where=path,
                found=vectors.shape[1],
                expected=self.channels,
                fix="set channels of the head's labels to the width of the file",
            )
        with torch.no_grad():
            self.vectors.copy_(torch.from_numpy(vectors))

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._known = True
