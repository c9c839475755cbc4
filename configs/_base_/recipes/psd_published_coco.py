# The partitions of MS-COCO that were published, K = 5.
_base_ = './psd_published.py'

partitions = {name: {'_delete_': True, 'published': 'coco', 'graph': name, 'parts': 5} for name in ('cgp', 'dgp')}
