"""What stands around the speech: chime, pauses, tail and label."""

import numpy as np
import pytest

from xiaolaba.adapters.chime import LEVEL, chime
from xiaolaba.adapters.loudness import level, measured
from xiaolaba.cli.rhymes.workshop import finisher
from xiaolaba.core.units import RATE, Language, Seconds
from xiaolaba.ports.voice import Speech
from xiaolaba.settings.voices import SoundSettings, load_sound

PLAIN = SoundSettings(Seconds(0.2), Seconds(0.3), Seconds(0.5))
CHIMED = SoundSettings(Seconds(0.2), Seconds(0.3), Seconds(0.5), chime=True)


def speech(seed: int, seconds: float = 1.5) -> Speech:
    count = round(24_000 * seconds)
    swell = 0.55 + 0.45 * np.sin(np.arange(count) / 900)
    noise = np.random.default_rng(seed).laplace(0, 0.1, count)
    return Speech(24_000, (noise * swell).astype("<f4").tobytes())


def samples(frames: bytes):
    return np.frombuffer(frames, "<i2")


def test_a_reading_alone_stands_between_its_silences():
    one = level(speech(1)).frames
    clip = finisher(PLAIN)([speech(1)])

    wave = samples(clip.frames)
    assert not wave[: round(0.2 * RATE)].any()
    assert not wave[-round(0.3 * RATE) :].any()
    assert wave[round(0.2 * RATE) : -round(0.3 * RATE)].tobytes() == one


def test_parts_are_parted_by_the_pause():
    first, second = (samples(level(speech(seed)).frames) for seed in (1, 2))

    wave = samples(finisher(PLAIN)([speech(1), speech(2)]).frames)

    pause = round(0.2 * RATE) + len(first)
    assert len(wave) == len(first) + len(second) + RATE
    assert not wave[pause : pause + RATE // 2].any()


@pytest.mark.parametrize("settings", [PLAIN, CHIMED], ids=["plain", "with a chime"])
def test_a_composed_clip_is_as_loud_as_it_should_be(settings):
    clip = finisher(settings)([speech(1, 4.0), speech(2)])

    assert clip.loudness == pytest.approx(-16, abs=0.5)
    assert clip.peak <= -1
    assert clip == measured(clip.frames)


def test_the_chime_comes_first_and_is_always_the_same():
    struck = samples(chime())

    wave = samples(finisher(CHIMED)([speech(1)]).frames)

    assert chime() == chime()
    assert np.abs(struck).max() == pytest.approx(LEVEL * 32767, rel=0.001)
    assert (wave[round(0.2 * RATE) :][: len(struck)] == struck).all()
    assert struck[0] == 0
    assert abs(int(struck[-1])) < 5


def test_tail_and_label_are_read_for_each_language(tmp_path):
    path = tmp_path / "sound.yaml"
    path.write_text("chime: true\ntail: {cmn: 有疑问请拨打96110}\nlabel: {yue: 呢段系合成语音}\n")

    sound = load_sound(path)

    assert sound.chime
    assert [(own.language, own.text) for own in sound.tail] == [
        (Language("cmn"), "有疑问请拨打96110")
    ]
    assert [own.language for own in sound.label] == [Language("yue")]
