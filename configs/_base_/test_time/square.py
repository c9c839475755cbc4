# The five sides of the Caffe port's training, each mirrored too. The port itself tests at 672 alone: that is the test
# without --tta.
tta_model = {'type': 'WSDDNTTAModel'}
tta_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 500},
    {
        'type': 'TestTimeAug',
        'transforms': [
            [{'type': 'Warp', 'size': size} for size in (480, 576, 672, 736, 832)],
            [{'type': 'MirrorFlip', 'prob': prob} for prob in (0.0, 1.0)],
            [{'type': 'PackMultiLabel'}],
        ],
    },
]
