# Frames of 672 x 672 as the released Caffe files have them: the 500 best proposals name whole pixels, also mirrored.
train_pixels = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 500},
    {'type': 'Warp', 'size': 672},
    {'type': 'PixelProposals'},
    {'type': 'MirrorFlip', 'prob': 0.5, 'pixel_boxes': True},
    {'type': 'PackMultiLabel'},
]
test_pixels = [step for step in train_pixels if step['type'] != 'MirrorFlip']
