from __future__ import annotations

import pytest

from mlkd.errors import ProposalError
from mlkd.proposals.formats.names import annotation_id, check_distinct, last_two_parts, number_or_name, short_names
from mlkd.proposals.image_catalogue import ImageRecord

VOC, VOC12 = ImageRecord('VOC2007/JPEGImages/000012.jpg'), ImageRecord('JPEGImages/2008_000123.jpg')
COCO = ImageRecord('val2014/COCO_val2014_000000000042.jpg')
NAMED, KNOWN = ImageRecord('x/sea.jpg'), ImageRecord('x/sea.jpg', '/data/y/sea.png', image_id=7)


def test_short_names_unless_two_are_the_same() -> None:
    assert short_names([VOC, COCO]) == ['000012', 'COCO_val2014_000000000042']
    assert short_names([ImageRecord('a/1.jpg'), ImageRecord('b/1.png')]) == ['a/1.jpg', 'b/1.png']


def test_folder_and_file_of_the_path_where_it_is_known() -> None:
    assert [last_two_parts(record) for record in (VOC, KNOWN)] == ['JPEGImages/000012.jpg', 'y/sea.png']
    assert last_two_parts(ImageRecord('sea.jpg')) == 'sea.jpg'


@pytest.mark.parametrize(
    ('record', 'identity', 'number'),
    [
        # VOC's names are its ids; tools that want numbers read them as such.
        (VOC, '000012', 12),
        (VOC12, '2008_000123', 2008000123),
        (COCO, 42, 42),
        (ImageRecord('000000000042.jpg'), 42, 42),
        (NAMED, 'sea', 'sea'),
        (KNOWN, 7, 7),
        (ImageRecord('x/12.jpg', image_id='sea'), 'sea', 12),
    ],
)
def test_ids_and_numbers(record: ImageRecord, identity: int | str, number: int | str) -> None:
    assert annotation_id(record) == identity
    assert number_or_name(record) == number


def test_two_images_of_one_name_are_both_named() -> None:
    check_distinct([1, '1'], [VOC, COCO], 'A pickle')
    with pytest.raises(ProposalError, match=r'(?s)A pickle cannot.*000012\.jpg and .*sea\.jpg.*both are 12'):
        check_distinct([12, 42, 12], [VOC, COCO, NAMED], 'A pickle')
