# VOC 2012 as Puzzle-CAM and OASS train on it: the segmentation lists, a canvas of 512 in ImageNet's mean colour, all
# objects count. train_aug.txt, 10,582 image ids, comes with either release; it is disjoint from val, 1,449 images.
_base_ = './voc12.py'

train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'ResizeLongSide', 'sizes': list(range(320, 641)), 'bicubic': True},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'Canvas', 'size': 512, 'random': True},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'Canvas', 'size': 512},
    {'type': 'PackMultiLabel'},
]

train_dataloader = {
    'drop_last': True,
    'dataset': {'ann_file': 'train_aug.txt', 'difficult': 'present', 'pipeline': train_pipeline},
}
val_dataloader = {
    'dataset': {'image_sets': 'Segmentation', 'difficult': 'present', 'pipeline': test_pipeline},
}
test_dataloader = val_dataloader
