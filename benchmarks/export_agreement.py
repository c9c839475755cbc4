"""Whether ONNX Runtime computes what PyTorch does: students of each kind, at their full size, on real photos.

python benchmarks/export_agreement.py [--images data/voc07_mini] [--limit 100] [--networks vgg16 mobilenetv1 ...]

Backbones have their pretrained weights where those are at hand, else random ones; heads are as training begins with
them. The largest differences of a logit and of a score are printed; more than 1e-4 (of a logit above 1: as a share
of it) ends with exit code 1.
"""

from __future__ import annotations

import argparse
import copy
import logging
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from rich.console import Console
from rich.table import Table

from mlkd.datasets.class_names import label_names
from mlkd.export import PREPROCESSING, OnnxStudent, PhotoSource, TracedNetwork, compare, properties, write_onnx
from mlkd.models.utils import allow_missing_weights
from mlkd.published import PublishedStudent, StudentDescription, load_student, plain_model, write_student
from mlkd.registry import MODELS, SCOPE

BASES = Path(__file__).parents[1] / 'configs' / '_base_' / 'models'
#: The config of each network, its name in there, and the side of its frames.
NETWORKS = {
    'vgg16': ('vgg16_student.py', 'student', 672),
    'mobilenetv1': ('mobilenetv1_student.py', 'student', 320),
    'squeezenet': ('squeezenet_student.py', 'student', 320),
    'msrn': ('msrn_mobilenetv1.py', 'msrn', 320),
    'mlgcn': ('msrn_mobilenetv1.py', 'mlgcn', 320),
}


def published(name: str, folder: Path) -> PublishedStudent:
    """The network of a config, for the labels of VOC, as a published file would have it."""
    file, key, side = NETWORKS[name]
    config: dict[str, Any] = Config.fromfile(BASES / file).models[key].to_dict()
    config.pop('feature_cache', None)
    if 'labels' not in config['head']:
        config['head']['num_classes'] = len(label_names('voc'))
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(SCOPE), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        network = MODELS.build(copy.deepcopy(config))
        network.init_weights()
    pipeline = [{'type': 'LoadImage'}, {'type': 'Warp', 'size': side}, {'type': 'PackMultiLabel'}]
    description = StudentDescription(label_names('voc'), plain_model(config), pipeline)
    return load_student(write_student(folder / f'{name}.safetensors', network.state_dict(), description), 'cpu')


def main() -> int:
    """Compare and print.

    Returns:
        Exit code: 1 if a network differs.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', default='data/voc07_mini', metavar='DIR', help='photos (default data/voc07_mini)')
    parser.add_argument('--limit', type=int, default=100, metavar='N', help='how many of them (default 100)')
    parser.add_argument('--networks', nargs='+', choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument('--preprocessing', choices=PREPROCESSING, default='photo', help='what is in the graph')
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    allow_missing_weights()
    photos = PhotoSource.below(args.images, args.limit)
    table = Table('network', 'photos', 'logits', 'largest difference of one', 'of a score', title='ONNX and PyTorch')
    equal = True
    for name in args.networks:
        with tempfile.TemporaryDirectory() as folder:
            student = published(name, Path(folder))
            traced = TracedNetwork(student, args.preprocessing)
            path = write_onnx(traced, Path(folder, 'student.onnx'), properties(student.description, traced))
            found = compare(student, photos, traced.array, OnnxStudent.open(path).run, batch_size=4)
            first = student.predict([next(iter(photos))[1]])[0].pred_logit
        equal &= found.equal
        spread = f'{first.min():.2f} to {first.max():.2f}'
        table.add_row(name, str(found.images), spread, f'{found.logits:.2g}', f'{found.scores:.2g}')
    Console().print(table)
    return 0 if equal else 1


if __name__ == '__main__':
    sys.exit(main())
