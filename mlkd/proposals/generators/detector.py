"""Boxes of a trained detector."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmdet.registry import MODELS
from mmdet.structures.bbox import get_box_tensor
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from torchvision.ops import nms

from mlkd.errors import ConfigError, MLKDError
from mlkd.fileio import checksum
from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.generators.detector_network import (
    build_network,
    build_pipeline,
    load_step,
    read_detector_config,
)
from mlkd.proposals.generators.tidying import tidy
from mlkd.registry import GENERATORS

BOXES = ('rpn', 'final')


@GENERATORS.register_module()
class DetectorProposals(ProposalGenerator):
    """Boxes of any detector of MMDetection, whatever class it takes them for.

    How many boxes it gives, and from which score on, its own ``test_cfg`` says. Each image goes through the test
    pipeline of its config. An image in which it finds nothing gets the whole image, with score 0.

    Args:
        config: Its config: a file, or one that MMDetection brings (``mmdet::rpn/rpn_r50_fpn_1x_coco.py``).
        checkpoint: Its checkpoint; read without running code that it may hold.
        boxes: ``'rpn'``, the proposals of a two-stage detector, or of an RPN alone, with their objectness; ``'final'``,
            the boxes of any detector, with their scores. The tensors of what comes after the RPN are not needed for the
            first.
        merge_iou: Of final boxes that overlap by more than this IoU, whatever their classes, the one with the highest
            score is kept. 1 keeps all that differ.
        max_boxes: At most so many are kept, the best.
        device: ``'cpu'``, ``'cuda:0'``, ...; None for a GPU where there is one. Not part of the header, though boxes
            of different devices differ in their last digits.

    Raises:
        ConfigError: If an argument is out of its range, or the config cannot be read.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str,
        boxes: str = 'rpn',
        merge_iou: float = 0.9,
        max_boxes: int = 2000,
        device: str | None = None,
    ) -> None:
        self.config, self.checkpoint, self.boxes = str(config), str(checkpoint), boxes
        self.merge_iou, self.max_boxes = merge_iou, max_boxes
        self.device = device or ('cuda:0' if torch.cuda.is_available() else 'cpu')
        self.one_process = not self.device.startswith('cpu')
        no_gpu = self.device.startswith('cuda') and not torch.cuda.is_available()
        self.check_settings(
            {
                'checkpoint': not Path(self.checkpoint).is_file() and 'a file that is there',
                'boxes': boxes not in BOXES and f'one of {BOXES}',
                'merge_iou': not 0 < merge_iou <= 1 and 'above 0, at most 1',
                'max_boxes': max_boxes < 1 and 'at least 1',
                'device': no_gpu and 'cpu, as there is no GPU here',
            }
        )
        self._config  # noqa: B018  (what is wrong with it is said before processes start)

    @property
    def settings(self) -> dict[str, Any]:
        """What decides about the boxes: what is in config and checkpoint, wherever they lie."""
        return {
            'config': {'file': Path(self.config).name, 'sha256': self._config_sha256},
            'checkpoint': {'file': Path(self.checkpoint).name, 'sha256': self._checkpoint_sha256},
            'boxes': self.boxes,
            'merge_iou': self.merge_iou,
            'max_boxes': self.max_boxes,
        }

    def prepare(self) -> None:
        """Build the network and try it on a plain image.

        Raises:
            ConfigError: If the network cannot be built or run, or has no RPN where that is asked for.
            CheckpointError: If the checkpoint cannot be read, or does not fit.
        """
        try:
            self(np.full((64, 96, 3), 128, np.uint8))
        except MLKDError:
            raise
        except Exception as error:
            found = f'{type(error).__name__}: {" ".join(str(error).split())[:300]}'
            raise ConfigError(
                'The detector cannot be run on an image.',
                where=self.config,
                found=found,
                fix='it must be one that takes an image and nothing else, with the test pipeline of its config',
            ) from error

    @torch.no_grad()
    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of one image, float32 (R, 4), and their scores (R,), best first."""
        network, pipeline = self._parts
        packed = pipeline({'img': image, 'img_id': 0})
        batch = {'inputs': [packed['inputs']], 'data_samples': [packed['data_samples']]}
        with DefaultScope.overwrite_default_scope(self._config.get('default_scope') or 'mmdet'):
            batch = network.data_preprocessor(batch, False)
            if self.boxes == 'rpn' and hasattr(network, 'rpn_head'):
                feats = network.extract_feat(batch['inputs'])
                found = network.rpn_head.predict(feats, batch['data_samples'], rescale=True)[0]
            else:
                found = network.predict(batch['inputs'], batch['data_samples'], rescale=True)[0].pred_instances
        boxes, scores = get_box_tensor(found.bboxes).float(), found.scores.float()
        if self.boxes == 'final':
            kept = nms(boxes, scores, self.merge_iou)
            boxes, scores = boxes[kept], scores[kept]
        return tidy(boxes.cpu().numpy(), scores.cpu().numpy(), image.shape[:2], self.max_boxes, empty_score=0)

    @cached_property
    def _config(self) -> Config:
        return read_detector_config(self.config)

    @cached_property
    def _config_sha256(self) -> str:
        """Of the model and the test pipeline, whatever else the config says and however it is written."""
        parts = {'model': self._config.to_dict()['model'], 'pipeline': load_step(self._config, self.config)[0]}
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    @cached_property
    def _checkpoint_sha256(self) -> str:
        return checksum(self.checkpoint)

    @cached_property
    def _parts(self) -> tuple[Any, Compose]:
        """The network and its pipeline."""
        unused = ('roi_head.',) if self.boxes == 'rpn' else ()
        network = build_network(self._config, self.config, self.checkpoint, self.device, unused)
        if self.boxes == 'rpn' and not (hasattr(network, 'rpn_head') or isinstance(network, MODELS.get('mmdet.RPN'))):
            raise ConfigError(
                'The detector has no region proposal network.',
                where=f'{self.config}: model',
                found=type(network).__name__,
                expected='a two-stage detector, or an RPN',
                fix="boxes='final' takes its final boxes",
            )
        return network, build_pipeline(self._config, self.config)

    def __getstate__(self) -> dict[str, Any]:
        """Without the network, which each process builds for itself."""
        return {name: value for name, value in vars(self).items() if name not in ('_parts', '_config')}
