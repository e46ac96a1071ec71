"""The engines behind the Voice port; the neural model is loaded once for this file."""

import hashlib
import shutil
from collections.abc import Sequence

import pytest

from xiaolaba.adapters.espeak import Espeak
from xiaolaba.adapters.kokoro import MAX_TOKENS, Kokoro, pieces
from xiaolaba.adapters.kokoro_files import FOLDER, VOICES
from xiaolaba.adapters.loudness import level
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Speech, Utterance, Voice
from xiaolaba.sim.voices import Hum

CMN, YUE = Language("cmn"), Language("yue")
SHORT = Utterance(CMN, "别转账。", ("bie2", "zhuan3", "zhang4", "。"), 0.9)


@pytest.fixture(scope="module")
def neural() -> Kokoro:
    return Kokoro()


@pytest.fixture(params=["kokoro", "espeak", "hum"])
def voice(request, neural) -> Voice:
    voices: dict[str, Voice] = {"kokoro": neural, "espeak": Espeak(CMN), "hum": Hum()}
    return voices[request.param]


def seconds(speech: Speech) -> float:
    return len(speech.frames) / 4 / speech.rate


def test_a_voice_says_what_it_is_and_speaks_the_same_twice(voice):
    can = voice.capability

    first, second = voice.synthesize(SHORT), voice.synthesize(SHORT)

    assert CMN in can.languages
    assert voice.probe() is None
    assert first == second
    assert 0.3 < seconds(first) < 5


def test_a_finished_clip_of_the_neural_voice_is_as_loud_as_it_should_be(neural):
    levelled = level(neural.synthesize(SHORT))

    assert levelled.loudness == pytest.approx(-16, abs=0.5)
    assert levelled.peak <= -1.0


def test_the_model_is_refused_when_a_part_is_not_what_it_was(tmp_path):
    parts = [tmp_path / f"part{number}" for number in range(4)]
    for part in parts:
        part.write_bytes(b"not a model")
    voice = Kokoro(parts=parts)

    assert voice.probe() is None
    with pytest.raises(VoiceError, match=r"模型校验失败.*wrong SHA-256"):
        voice.synthesize(SHORT)


def test_a_missing_part_of_the_model_is_named(tmp_path):
    trouble = Kokoro(parts=[tmp_path / "gone"]).probe()

    assert trouble is not None
    assert str(tmp_path / "gone") in trouble


def test_an_unknown_voice_is_told_with_the_known_ones():
    trouble = Kokoro("zf_nobody").probe()

    assert trouble is not None
    assert "zf_xiaobei" in trouble


@pytest.mark.parametrize("name", VOICES)
def test_the_vendored_voices_are_what_they_were(name):
    data = (FOLDER / f"{name}.bin").read_bytes()

    assert hashlib.sha256(data).hexdigest() == VOICES[name]
    assert len(data) == 510 * 256 * 4


def _clause(count: int, mark: str) -> list[str]:
    return [*["zhuang1"] * count, mark]


@pytest.mark.parametrize(
    ("sounds", "count"),
    [
        pytest.param(_clause(10, "。"), 1, id="one sentence"),
        pytest.param(_clause(10, "。") * 3, 1, id="three short sentences together"),
        pytest.param(_clause(40, "。") * 3, 3, id="sentences that do not fit together"),
        pytest.param(_clause(40, "，") * 3, 3, id="one long sentence by its clauses"),
        pytest.param(["zhuang1"] * 100, 2, id="no mark at all"),
    ],
)
def test_a_long_text_is_given_to_the_model_in_pieces_it_can_take(sounds: Sequence[str], count):
    found = pieces(sounds)

    assert all(len(piece) <= MAX_TOKENS for piece in found)
    assert len(found) == count
    assert sum(piece.count("→") for piece in found) == sum(sound == "zhuang1" for sound in sounds)


def test_the_last_resort_speaks_jyutping_and_says_it_is_experimental():
    voice = Espeak(YUE)

    speech = voice.synthesize(Utterance(YUE, "唔好信", ("m4", "hou2", "seon3")))

    assert voice.capability.experimental == {YUE}
    assert seconds(speech) > 0.5


def test_a_slower_rate_takes_longer():
    sounds = ("gau2", "luk6", "jat1", "jat1", "ling4")

    fast, slow = (Espeak(YUE).synthesize(Utterance(YUE, "", sounds, rate)) for rate in (1.2, 0.8))

    assert seconds(slow) > seconds(fast)


def test_text_reaches_the_program_as_text_and_not_as_options():
    odd = Utterance(YUE, "", ("--version",))

    assert seconds(Espeak(YUE).synthesize(odd)) > 0.5


def test_a_missing_program_is_told_and_refused():
    voice = Espeak(YUE, "no-such-program")

    trouble = voice.probe()

    assert trouble is not None
    assert "no-such-program" in trouble
    with pytest.raises(VoiceError, match="espeak-ng"):
        voice.synthesize(SHORT)


def test_a_program_that_says_nothing_is_no_voice():
    with pytest.raises(VoiceError, match="没有声音"):
        Espeak(YUE, str(shutil.which("true"))).synthesize(SHORT)
