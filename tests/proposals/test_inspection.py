"""Everything that may be wrong with a store is found, counted, and shown where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.proposals import ProposalStore, inspection
from mlkd.proposals.inspection import check_boxes_of, check_counts, check_files, check_keys, check_sizes
from tests.proposals.raw_store import write_raw

GOOD = [0, 0, 10, 10]
SIZE = (40, 60)


def findings_of(path: Path, images: dict, least_side: float = 1) -> dict[str, inspection.StoreFinding]:
    store = write_raw(path, images)
    names = ('finite', 'scores', 'area', 'inside', 'once', 'tiny')
    return dict(zip(names, check_boxes_of(store, least_side), strict=True))


def test_nothing_is_wrong_with_a_good_store(store: ProposalStore) -> None:
    opened, findings = check_files(store.path)
    findings += [*check_keys(store, store.keys()), *check_boxes_of(store, 1), *check_counts(store, 0)[1:]]
    assert opened is not None
    assert not any(finding.wrong for finding in findings)
    assert check_counts(store, 0)[0].images == ['b/2.jpg']


@pytest.mark.parametrize(
    ('name', 'box', 'score'),
    [
        ('finite', [0, np.nan, 5, 5], 1),
        ('finite', [0, 0, np.inf, 5], 1),
        ('scores', [1, 1, 5, 5], np.nan),
        ('scores', [1, 1, 5, 5], -np.inf),
        ('area', [5, 5, 5, 9], 1),
        ('area', [5, 9, 9, 5], 1),
        ('inside', [-0.5, 0, 5, 5], 1),
        ('inside', [0, 0, 5, 40.5], 1),
        ('inside', [55, 0, 60.1, 5], 1),
        ('once', GOOD, 0.3),
        ('tiny', [0, 0, 3.9, 30], 1),
    ],
)
def test_each_fault_is_found_alone(tmp_path: Path, name: str, box: list, score: float) -> None:
    images = {'a.jpg': ([GOOD, box, [2, 2, 9, 9]], [1, score, 1], SIZE), 'b.jpg': ([GOOD], None, SIZE)}
    found = findings_of(tmp_path / 'raw.mlkd', images, least_side=4)
    assert {key: (f.boxes, list(f.images)) for key, f in found.items() if f.wrong} == {name: (1, ['a.jpg'])}
    assert found[name].examples[0].startswith('a.jpg, row 1: ')


def test_edges_of_the_image_are_inside_and_the_least_side_is_enough(tmp_path: Path) -> None:
    found = findings_of(tmp_path / 'raw.mlkd', {'a': ([[0, 0, 60, 40], [56, 36, 60, 40]], None, SIZE)}, least_side=4)
    assert not any(finding.wrong for finding in found.values())
    assert found['tiny'].note == '50.0 % below 20 px, which WSDDN leaves out'


def test_counts_do_not_depend_on_how_many_are_looked_at_together(tmp_path: Path, monkeypatch) -> None:
    random = np.random.default_rng(0)
    images = {}
    for index in range(30):
        boxes = random.integers(-2, 70, (int(random.integers(0, 40)), 4)).astype(float)
        boxes[random.random(len(boxes)) < 0.05] = np.nan
        images[f'{index}.jpg'] = (boxes.tolist(), None, SIZE)
    store = write_raw(tmp_path / 'raw.mlkd', images)
    whole = check_boxes_of(store, 5)
    monkeypatch.setattr(inspection, '_BOXES', 50)
    assert check_boxes_of(store, 5) == whole
    # Duplicates against counting with Python's sets.
    repeated = {
        key: len(boxes) - len({np.float32(box).tobytes() for box in boxes}) for key, (boxes, *_) in images.items()
    }
    assert whole[4].boxes == sum(repeated.values()) > 0
    assert set(whole[4].images) == {key for key, count in repeated.items() if count}
    assert all(len(finding.examples) <= inspection.SHOWN for finding in whole)


def test_zero_and_minus_zero_are_one_number(tmp_path: Path) -> None:
    found = findings_of(tmp_path / 'raw.mlkd', {'a': ([[0.0, 0, 5, 5], [-0.0, 0, 5, 5]], None, SIZE)})
    assert found['once'].boxes == 1


def test_the_same_box_in_two_images_is_no_duplicate(tmp_path: Path) -> None:
    found = findings_of(tmp_path / 'raw.mlkd', {'a': ([GOOD], None, SIZE), 'b': ([GOOD], None, SIZE)})
    assert found['once'].wrong == 0


def test_swapped_axes_are_named(tmp_path: Path) -> None:
    images = {'a': ([[5, 50, 20, 58], [0, 45, 9, 55], [0, 0, 100, 10]], None, SIZE)}
    found = findings_of(tmp_path / 'raw.mlkd', images)
    assert (found['inside'].boxes, found['inside'].note) == (3, '2 of them would fit with x and y swapped')


def test_images_and_entries_that_do_not_match(store: ProposalStore) -> None:
    images = ['a/1.jpg', 'c/10.jpg', 'ü.jpg', 'b/1.jpg', *(f'none/{index:03d}.png' for index in range(9))]
    order, missing, unknown = check_keys(store, images)
    assert order.wrong == 0
    assert missing.images == ['c/10.jpg', *images[4:]]
    assert missing.examples[0] == 'c/10.jpg (did you mean a/10.jpg?)'
    assert len(missing.examples) == 5
    assert unknown.images == ['a/10.jpg', 'b/2.jpg']
    assert unknown.examples[0] == 'a/10.jpg (did you mean c/10.jpg?)'


def test_keys_out_of_order_and_twice(tmp_path: Path) -> None:
    images = {'b': ([GOOD], None, SIZE), 'a': ([GOOD], None, SIZE), 'c': ([GOOD], None, SIZE)}
    assert check_keys(write_raw(tmp_path / 'raw.mlkd', images, sort=False))[0].images == ['a']


def test_none_and_too_few(store: ProposalStore) -> None:
    none, few = check_counts(store, 15)
    assert none.images == ['b/2.jpg']
    assert none.note == 'fewest: 0 (b/2.jpg)'
    assert few.images == ['a/1.jpg', 'a/10.jpg']
    assert few.examples == ['a/1.jpg: 1', 'a/10.jpg: 14']
    assert len(check_counts(store, 1)) == 1


def test_sizes(store: ProposalStore) -> None:
    sizes = {'a/1.jpg': (101, 199), 'a/10.jpg': (102, 190), 'b/2.jpg': None}
    finding = check_sizes(store, sizes.__getitem__, list(sizes))
    assert finding.images == ['a/10.jpg', 'b/2.jpg']
    assert finding.examples[0] == 'a/10.jpg: 198 x 102 in the store, the image is 190 x 102'
    assert 'cannot be read' in finding.examples[1]


@pytest.mark.parametrize('name', ['boxes', 'keys', 'offsets'])
def test_cut_in_the_middle(store: ProposalStore, name: str) -> None:
    path = store.path / f'{name}.npy'
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    opened, (finding,) = check_files(store.path)
    assert opened is None
    assert finding.wrong == 1
    assert f'{name}.npy' in finding.examples[0]
    assert 'bytes' in finding.examples[0]


def test_a_changed_byte(store: ProposalStore) -> None:
    path = store.path / 'boxes.npy'
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    opened, (finding,) = check_files(store.path)
    assert opened is not None
    assert finding.wrong == 1
    assert 'SHA-256' in finding.examples[0]


def test_no_store_and_one_that_is_not_finished(tmp_path: Path) -> None:
    (tmp_path / 'b.mlkd.partial').mkdir()
    assert 'There is no proposal store' in check_files(tmp_path / 'a.mlkd')[1][0].examples[0]
    assert 'not finished' in check_files(tmp_path / 'b.mlkd')[1][0].examples[0]
