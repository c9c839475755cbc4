# The partitions of NUS-WIDE that were published, K = 5.
_base_ = './psd_published.py'

partitions = {name: {'_delete_': True, 'published': 'nuswide', 'graph': name, 'parts': 5} for name in ('cgp', 'dgp')}
