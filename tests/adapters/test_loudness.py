import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaolaba.adapters.loudness import level
from xiaolaba.adapters.meter import filtered, loudness, true_peak
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.units import RATE
from xiaolaba.ports.voice import Speech


def speech(wave, rate: int = 24_000) -> Speech:
    return Speech(rate, np.asarray(wave, "<f4").tobytes())


def babble(seconds: float, seed: int, gain: float = 0.3, rate: int = 24_000):
    """Return noise with the slow swelling and the crest of speech."""
    made = np.random.default_rng(seed)
    count = int(seconds * rate)
    swell = 0.55 + 0.45 * np.sin(np.linspace(0, seconds * 4 * 2 * np.pi, count))
    wave = made.laplace(0, 0.2, count) * swell * gain
    return np.clip(wave, -1, 1)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.15, 6.0),
    st.integers(0, 1000),
    st.floats(0.01, 1.0),
    st.sampled_from([16_000, 22_050, 24_000, 48_000]),
)
def test_whatever_comes_in_leaves_equally_loud_with_its_peaks_held(seconds, seed, gain, rate):
    levelled = level(speech(babble(seconds, seed, gain, rate), rate))
    wave = np.frombuffer(levelled.frames, "<i2") / 32768

    assert loudness(wave) == pytest.approx(-16, abs=0.5)
    assert true_peak(wave) <= -1.0
    assert levelled.loudness == pytest.approx(loudness(wave), abs=0.01)
    assert levelled.peak == pytest.approx(true_peak(wave), abs=0.01)


def test_silence_at_the_ends_is_cut_and_the_speech_stays():
    quiet = np.zeros(24_000)
    levelled = level(speech(np.concatenate([quiet, babble(2.0, 1), quiet])))

    assert len(levelled.frames) / 2 / RATE == pytest.approx(2.0, abs=0.12)


def test_it_begins_and_ends_without_a_click():
    wave = np.frombuffer(level(speech(babble(1.0, 2))).frames, "<i2")

    assert wave[0] == wave[-1] == 0


def test_what_a_horn_cannot_sound_is_taken_out():
    time = np.arange(48_000) / 24_000
    mixed = 0.5 * np.sin(2 * np.pi * 100 * time) + 0.1 * np.sin(2 * np.pi * 1000 * time)

    spectrum = np.abs(np.fft.rfft(np.frombuffer(level(speech(mixed)).frames, "<i2")))
    low, middle = (spectrum[round(hertz * len(spectrum) / (RATE / 2))] for hertz in (100, 1000))

    assert low < middle / 15


@pytest.mark.parametrize(
    "wave",
    [
        pytest.param([], id="nothing"),
        pytest.param(np.zeros(24_000), id="zeros"),
        pytest.param(np.full(24_000, np.nan), id="not numbers"),
    ],
)
def test_silence_is_no_speech(wave):
    with pytest.raises(VoiceError, match="静音"):
        level(speech(wave))


def tone(hertz: float, seconds: float = 2.0, decibels: float = 0.0, phase: float = 0.0):
    time = np.arange(round(RATE * seconds)) / RATE
    return 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * time + phase)


@pytest.mark.parametrize("decibels", [0.0, -20.0, -40.0])
def test_the_standards_own_tone_reads_what_the_standard_says(decibels):
    assert loudness(tone(997, decibels=decibels)) == pytest.approx(-3.01 + decibels, abs=0.05)


def test_what_is_ten_decibels_below_the_rest_does_not_count():
    mixed = np.concatenate([tone(997, 10, -20), tone(997, 10, -45)])

    assert loudness(mixed) == pytest.approx(-23.01, abs=0.15)


def test_a_peak_between_two_samples_is_seen():
    between = tone(RATE / 4, decibels=-6, phase=np.pi / 4)

    assert 20 * np.log10(np.abs(between).max()) == pytest.approx(-9.01, abs=0.01)
    assert true_peak(between) == pytest.approx(-6, abs=0.2)


def test_a_filter_made_of_frequencies_is_the_filter_made_of_sections():
    sections = (((0.2, 0.4, 0.2), (1.0, -0.6, 0.3)),)
    wave = babble(0.3, 4, rate=RATE)
    (b, a), expected = np.array(sections[0]), np.zeros(len(wave) + 2)
    padded = np.concatenate([[0, 0], wave])
    for n in range(2, len(padded)):
        expected[n] = b @ padded[n - 2 : n + 1][::-1] - a[1:] @ expected[n - 2 : n][::-1]

    assert filtered(wave, sections) == pytest.approx(expected[2:], abs=1e-9)
