# Three sides around 320, each mirrored too.
tta_model = {'type': 'WSDDNTTAModel'}
tta_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 100, 'rank_scores': True},
    {
        'type': 'TestTimeAug',
        'transforms': [
            [{'type': 'Warp', 'size': size} for size in (256, 320, 416)],
            [{'type': 'MirrorFlip', 'prob': prob} for prob in (0.0, 1.0)],
            [{'type': 'PackMultiLabel'}],
        ],
    },
]
