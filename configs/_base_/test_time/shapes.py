# Three sizes of Shapes' drawings, each mirrored too.
tta_model = {'type': 'WSDDNTTAModel'}
tta_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 24},
    {
        'type': 'TestTimeAug',
        'transforms': [
            [{'type': 'Warp', 'size': size} for size in (112, 128, 160)],
            [{'type': 'MirrorFlip', 'prob': prob} for prob in (0.0, 1.0)],
            [{'type': 'PackMultiLabel'}],
        ],
    },
]
