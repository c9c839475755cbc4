from __future__ import annotations

import numpy as np
from network_toy import FRAME, HEIGHT, WIDTH, ColouredPatches

from mlkd.apis.run_pictures import chosen_images, stored_image


def test_the_image_has_the_shape_that_it_was_stored_in():
    packed = ColouredPatches()[0]
    shown = stored_image(packed, packed['data_samples'])
    assert packed['inputs'].shape == (3, FRAME, FRAME)
    assert shown.shape == (HEIGHT, WIDTH, 3)
    # A red patch left of a green one.
    assert shown[20, 20].tolist() == [0, 0, 255]
    assert shown[20, 60].tolist() == [0, 255, 0]


def test_images_are_spread_over_those_with_several_labels():
    dataset = ColouredPatches(30)
    assert chosen_images(dataset, 3) == [0, 12, 27]
    assert chosen_images(dataset, 12) == sorted(set(chosen_images(dataset, 12)))
    assert len(chosen_images(dataset, 12)) == 12
    assert chosen_images(ColouredPatches(2), 6) == [0, 1]
    assert all(np.sum(dataset.get_data_info(i)['gt_label']) == 2 for i in chosen_images(dataset, 10))
