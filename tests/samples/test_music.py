"""The sample dance's music."""

import numpy as np

from samples.music import RATE, compose


def test_the_music_is_as_long_as_asked_and_never_clips():
    music = compose(3.5, 112)
    assert len(music) == round(3.5 * RATE)
    assert 0.5 < np.abs(music).max() <= 1


def test_it_is_loudest_on_the_beat():
    music, bpm = compose(8, 120), 120
    energy = np.abs(music).reshape(-1, RATE // 100).mean(axis=1)  # hundredths of a second
    beats = (np.arange(1, 12) * 60 / bpm * 100).astype(int)
    on = np.mean([energy[beat : beat + 8].mean() for beat in beats])
    between = np.mean([energy[beat + 12 : beat + 24].mean() for beat in beats])
    assert on > 1.5 * between


def test_the_same_seed_gives_the_same_music():
    np.testing.assert_array_equal(compose(1, 100, seed=3), compose(1, 100, seed=3))
