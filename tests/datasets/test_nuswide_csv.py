"""NUS-WIDE by the list of ASL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.datasets import NUSWideCSV
from mlkd.datasets.class_names import NUS_WIDE, NUS_WIDE_ASL
from mlkd.errors import DataError

LINES = """\
images/1_2.jpg,"['clouds', 'sky']",train
images/3.jpg,"['zebra']",val
images/4.jpg,"['sky', ""person""]",train
"""


def written(folder: Path, text: str) -> NUSWideCSV:
    (folder / 'nus_wid_data.csv').write_text(text)
    return NUSWideCSV(data_root=folder, split='train')


def test_the_first_image_is_not_lost(tmp_path: Path) -> None:
    data = written(tmp_path, LINES)
    entry = data.get_data_info(0)
    assert len(data) == 2
    assert entry['img_key'] == 'images/1_2.jpg'
    assert entry['img_path'] == str(tmp_path / 'images' / '1_2.jpg')
    assert [NUS_WIDE[i] for i in np.flatnonzero(entry['gt_label'])] == ['clouds', 'sky']


def test_a_header_is_none(tmp_path: Path) -> None:
    assert len(written(tmp_path, 'filepath,label,split_name\n' + LINES)) == 2


def test_order_of_msrn(tmp_path: Path) -> None:
    (tmp_path / 'nus_wid_data.csv').write_text(LINES)
    data = NUSWideCSV(data_root=tmp_path, split='train', metainfo={'classes': NUS_WIDE_ASL})
    assert np.flatnonzero(data.get_data_info(1)['gt_label']).tolist() == [1, 2]
    assert sorted(NUS_WIDE_ASL) == sorted(NUS_WIDE)


def test_a_folder_of_images(tmp_path: Path) -> None:
    (tmp_path / 'nus_wid_data.csv').write_text(LINES)
    data = NUSWideCSV(data_root=tmp_path, split='val', data_prefix={'img_path': 'flickr'})
    assert data.get_data_info(0)['img_key'] == 'flickr/images/3.jpg'


@pytest.mark.parametrize(
    'line',
    ['images/5.jpg,"[\'sky\'",train', 'images/5.jpg,"__import__(\'os\').getcwd()",train', 'images/5.jpg', 'a,b,c,d'],
)
def test_a_broken_line_is_named_and_not_executed(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match=r'nus_wid_data\.csv:4'):
        len(written(tmp_path, LINES + line))


def test_unknown_labels_splits_and_lists(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='did you mean'):
        len(written(tmp_path, LINES + 'a.jpg,"[\'cloud\']",train\n'))
    (tmp_path / 'nus_wid_data.csv').write_text(LINES)
    with pytest.raises(DataError, match='train or val'):
        len(NUSWideCSV(data_root=tmp_path, split='test'))
    with pytest.raises(DataError, match=r'nus_wid_data\.csv'):
        len(NUSWideCSV('other.csv', data_root=tmp_path))
