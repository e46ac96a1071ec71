"""The measuring tools measure: syllables compared, intervals, the horn and its noise."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.hearing import Heard, compare, error, interval, syllables, without_tone
from tests.bench.horn import BAND_HZ, heard, pink
from xiaolaba.adapters.cantonese import jyutping
from xiaolaba.adapters.mandarin import pinyin
from xiaolaba.adapters.meter import loudness
from xiaolaba.core.speech.text import normalise
from xiaolaba.core.units import RATE, Language
from xiaolaba.settings.rhymes import load_rhymes

CMN, YUE = Language("cmn"), Language("yue")
words = st.lists(st.sampled_from(["zha4", "pian4", "qian2", "ka3"]), max_size=8)


@pytest.mark.parametrize(
    ("said", "found", "missed", "added"),
    [
        pytest.param("a b c", "a b c", set(), 0, id="all understood"),
        pytest.param("a b c", "a x c", {1}, 0, id="one taken for another"),
        pytest.param("a b c", "a c", {1}, 0, id="one not heard"),
        pytest.param("a b c", "a b x c", set(), 1, id="one put in"),
        pytest.param("a b c", "", {0, 1, 2}, 0, id="nothing heard"),
    ],
)
def test_missed_and_added_syllables_are_told_apart(said, found, missed, added):
    clip = compare(said.split(), found.split())

    assert (clip.missed, clip.added) == (missed, added)


@given(words.filter(bool), words)
def test_errors_are_as_few_as_can_be_and_no_more_than_was_said(said, found):
    clip = compare(said, found)

    assert (len(clip.missed) + clip.added == 0) == (said == found)
    assert (
        abs(len(said) - len(found)) <= len(clip.missed) + clip.added <= max(len(said), len(found))
    )
    assert clip.errors <= len(said)


def test_the_interval_holds_the_error_and_narrows_with_more_clips():
    clips = [Heard(("a",) * 20, frozenset(range(n % 4)), 0) for n in range(40)]

    low, high = interval(clips)
    lower, higher = interval(clips * 10)

    assert low < error(clips) < high
    assert higher - lower < (high - low) / 2


@pytest.mark.parametrize(
    ("words", "language", "front", "expected"),
    [
        pytest.param("请拨96110。", CMN, pinyin, "qing3 bo1 jiu3 liu4 yao1 yao1 ling2", id="cmn"),
        pytest.param("打96110", YUE, jyutping, "daa2 gau2 luk6 jat1 jat1 ling4", id="yue"),
        pytest.param("...♪", CMN, pinyin, "", id="no words"),
    ],
)
def test_figures_that_the_listener_writes_are_read_as_a_voice_reads_them(
    words, language, front, expected
):
    assert syllables(words, language, front) == expected.split()


def test_homophones_are_no_error_and_tones_can_be_left_out():
    said, found = pinyin("切勿"), syllables("切误", CMN, pinyin)

    assert compare(said, found).errors == 0
    assert without_tone(["zha4", "pian4"]) == ["zha", "pian"]


def test_every_sentence_can_be_said_in_both_languages():
    sentences = load_rhymes(Path(__file__).parent / "speech").values()

    for language, front in ((CMN, pinyin), (YUE, jyutping)):
        readings = [sentence.reading(language) for sentence in sentences]
        said = [front(normalise(r.text, language), r.say) for r in readings if r]
        assert len(said) == len(sentences)
        assert sum(map(len, said)) > 1300


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    time = np.arange(RATE) / RATE
    return np.asarray(0.1 * np.sin(2 * np.pi * 1000 * time) * (1 + np.sin(2 * np.pi * 4 * time)))


def test_the_same_clip_meets_the_same_noise(clip):
    assert np.array_equal(heard(clip, 3, "a"), heard(clip, 3, "a"))
    assert not np.array_equal(heard(clip, 3, "a"), heard(clip, 3, "b"))


def test_noise_is_set_against_the_clip_before_the_horn():
    """A voice that the horn swallows drowns: its noise is as loud as any other's."""
    deep = 0.5 * np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)

    drowned = heard(deep, 10, "a")

    assert loudness(drowned) == pytest.approx(loudness(deep) - 10, abs=1.5)


def test_without_noise_the_horn_lets_through_its_band_only():
    time = np.arange(RATE) / RATE
    powers = {
        hertz: (heard(0.1 * np.sin(2 * np.pi * hertz * time), 200, "a")[: RATE // 2] ** 2).mean()
        for hertz in (BAND_HZ[0] / 4, 1000, BAND_HZ[1] * 2)
    }

    assert powers[1000] > 100 * max(powers[BAND_HZ[0] / 4], powers[BAND_HZ[1] * 2])


def test_pink_noise_has_equal_power_in_each_octave():
    noise = pink(RATE * 4, np.random.default_rng(1))
    power = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    octaves = [power[(hertz >= low) & (hertz < 2 * low)].sum() for low in (100, 400, 1600, 6400)]

    assert max(octaves) / min(octaves) < 1.3
