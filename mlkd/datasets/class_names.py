"""Names of the labels of the public data sets, in the order of the label vectors."""

from __future__ import annotations

from collections.abc import Sequence

from mlkd.errors import ConfigError, did_you_mean

#: MS-COCO, 80, by ascending category id.
COCO = (
    *('person', 'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat', 'traffic light'),
    *('fire hydrant', 'stop sign', 'parking meter', 'bench', 'bird', 'cat', 'dog', 'horse', 'sheep', 'cow'),
    *('elephant', 'bear', 'zebra', 'giraffe', 'backpack', 'umbrella', 'handbag', 'tie', 'suitcase', 'frisbee'),
    *('skis', 'snowboard', 'sports ball', 'kite', 'baseball bat', 'baseball glove', 'skateboard', 'surfboard'),
    *('tennis racket', 'bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl', 'banana', 'apple'),
    *('sandwich', 'orange', 'broccoli', 'carrot', 'hot dog', 'pizza', 'donut', 'cake', 'chair', 'couch'),
    *('potted plant', 'bed', 'dining table', 'toilet', 'tv', 'laptop', 'mouse', 'remote', 'keyboard'),
    *('cell phone', 'microwave', 'oven', 'toaster', 'sink', 'refrigerator', 'book', 'clock', 'vase', 'scissors'),
    *('teddy bear', 'hair drier', 'toothbrush'),
)

#: PASCAL VOC, 20, the order of the development kit.
VOC = (
    *('aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow', 'diningtable'),
    *('dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'),
)

#: NUS-WIDE, 81 concepts, alphabetical, as in ``Concepts81.txt``.
NUS_WIDE = (
    *('airport', 'animal', 'beach', 'bear', 'birds', 'boats', 'book', 'bridge', 'buildings', 'cars', 'castle'),
    *('cat', 'cityscape', 'clouds', 'computer', 'coral', 'cow', 'dancing', 'dog', 'earthquake', 'elk', 'fire'),
    *('fish', 'flags', 'flowers', 'food', 'fox', 'frost', 'garden', 'glacier', 'grass', 'harbor', 'horses'),
    *('house', 'lake', 'leaf', 'map', 'military', 'moon', 'mountain', 'nighttime', 'ocean', 'person', 'plane'),
    *('plants', 'police', 'protest', 'railroad', 'rainbow', 'reflection', 'road', 'rocks', 'running', 'sand'),
    *('sign', 'sky', 'snow', 'soccer', 'sports', 'statue', 'street', 'sun', 'sunset', 'surf', 'swimmers'),
    *('tattoo', 'temple', 'tiger', 'tower', 'town', 'toy', 'train', 'tree', 'valley', 'vehicle', 'water'),
    *('waterfall', 'wedding', 'whales', 'window', 'zebra'),
)

#: NUS-WIDE in the order of MSRN's label files and checkpoints, which is that of first appearance in ASL's list.
NUS_WIDE_ASL = (
    *('clouds', 'sky', 'person', 'street', 'window', 'tattoo', 'wedding', 'animal', 'cat', 'buildings', 'tree'),
    *('airport', 'plane', 'water', 'grass', 'cars', 'road', 'snow', 'sunset', 'railroad', 'train', 'flowers'),
    *('plants', 'house', 'military', 'horses', 'nighttime', 'lake', 'rocks', 'waterfall', 'sun', 'vehicle'),
    *('sports', 'reflection', 'temple', 'statue', 'ocean', 'town', 'beach', 'tower', 'toy', 'book', 'bridge'),
    *('fire', 'mountain', 'rainbow', 'garden', 'police', 'coral', 'fox', 'sign', 'dog', 'cityscape', 'sand'),
    *('dancing', 'leaf', 'tiger', 'moon', 'birds', 'food', 'cow', 'valley', 'fish', 'harbor', 'bear', 'castle'),
    *('boats', 'running', 'glacier', 'swimmers', 'elk', 'frost', 'protest', 'soccer', 'flags', 'zebra', 'surf'),
    *('whales', 'computer', 'earthquake', 'map'),
)

#: Apparel, 6 colours and 5 garments, in the order of MSRN.
APPAREL = ('black', 'blue', 'brown', 'green', 'red', 'white', 'dress', 'pants', 'shirt', 'shoes', 'shorts')

_BY_NAME = {
    'voc': VOC,
    'coco': COCO,
    'coco_alphabetical': tuple(sorted(COCO)),
    'nuswide': NUS_WIDE,
    'nuswide_asl': NUS_WIDE_ASL,
    'apparel': APPAREL,
}


def label_names(labels: str | Sequence[str]) -> tuple[str, ...]:
    """Labels by the name of a data set, or as they are given.

    Args:
        labels: ``'voc'``, ``'coco'``, ``'coco_alphabetical'`` (the order of the files of ML-GCN, MSRN and CPSD),
            ``'nuswide'``, ``'nuswide_asl'`` (MSRN's order), ``'apparel'``; or names.

    Raises:
        ConfigError: If the data set is not known, or a name is doubled.

    >>> label_names('apparel')[:3], label_names(['cat', 'dog'])
    (('black', 'blue', 'brown'), ('cat', 'dog'))
    """
    if isinstance(labels, str):
        if labels not in _BY_NAME:
            raise ConfigError(
                'There is no data set of this name, whose labels could be taken.',
                found=labels,
                expected=f'one of {", ".join(_BY_NAME)}, or a list of names',
                fix=did_you_mean(labels, _BY_NAME) or None,
            )
        return _BY_NAME[labels]
    names = tuple(str(name) for name in labels)
    if not names or len(set(names)) < len(names):
        raise ConfigError('These are no names of labels.', found=names, expected='names, each of them once')
    return names
