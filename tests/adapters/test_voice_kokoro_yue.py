"""Offline Cantonese: the cut model, the letters it is given, and the tones that come out."""

import json

import numpy as np
import onnxruntime
import pytest
import ToJyutping
from hypothesis import given
from hypothesis import strategies as st

from tests.tones import likeness
from xiaolaba.adapters import kokoro_files
from xiaolaba.adapters.cantonese import jyutping
from xiaolaba.adapters.kokoro_cut import (
    CUTS,
    DURATIONS,
    PITCH,
    RECIPE,
    Graph,
    fields,
    recipe,
    to_text,
)
from xiaolaba.adapters.kokoro_yue import KokoroYue, Sung
from xiaolaba.adapters.kokoro_yue_alphabet import spelling
from xiaolaba.adapters.kokoro_yue_tones import sung
from xiaolaba.core.errors import TextError, VoiceError
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Utterance

YUE = Language("yue")
SENTENCES = (
    "九六一一零，警察提醒你。",
    "陌生電話唔好信，轉錢之前問清楚。",
    "銀行卡，電話卡，租借買賣都犯法。",
)


@pytest.fixture(scope="module")
def voice() -> KokoroYue:
    return KokoroYue()


@pytest.fixture(scope="module")
def model() -> bytes:
    return b"".join(map(kokoro_files.read, kokoro_files.parts()))


def _cjk() -> str:
    return "".join(map(chr, range(0x3400, 0xA000)))


def test_every_syllable_that_a_character_can_have_is_spelt_in_letters_of_the_model():
    known = kokoro_files.vocabulary()
    readings = ToJyutping.get_jyutping_candidates(_cjk())
    every = {syllable for _, found in readings for reading in found for syllable in reading.split()}

    spelt = {syllable: spelling([syllable]) for syllable in every}

    assert len(every) > 1500
    assert all(set(found.symbols) <= known.keys() for found in spelt.values())
    assert all(found.clauses[0][0].tone == int(name[-1]) for name, found in spelt.items())


@pytest.mark.parametrize("sound", ["", "zha4", "nei", "nei7", "3", "xgwok3", "詐"])
def test_what_is_no_jyutping_is_refused_by_name(sound):
    with pytest.raises(TextError, match="no Jyutping syllable"):
        spelling([sound])


def test_a_syllable_knows_where_its_rime_and_its_coda_stand():
    found = spelling(["gwok3", "，", "m4"])

    symbols, ((gwok,), (m,)) = found.symbols, found.clauses

    assert symbols[gwok.start : gwok.rime] == "kw"
    assert symbols[gwok.coda : gwok.end] == "k"
    assert symbols[m.start : m.end] == "m↓"


def test_the_shipped_recipe_is_what_the_build_step_makes_of_the_model(model):
    assert to_text(recipe(model)) == RECIPE.read_text(encoding="utf-8")


def test_the_cut_model_unbent_gives_the_very_samples_of_the_whole_one(model):
    graph = Graph(model)
    known = {
        "tokens": np.array([[0, 57, 43, 83, 50, 51, 0]], np.int64),
        "style": np.frombuffer(kokoro_files.style("zf_xiaobei"), "<f4").reshape(-1, 1, 256)[4],
        "speed": np.array([0.9], np.float32),
    }
    (whole,) = _session(model).run(None, known)

    for given_names, wanted in CUTS.values():
        pieces = graph.part(given_names, wanted)
        cut = b"".join(p if isinstance(p, bytes) else model[slice(*p)] for p in pieces)
        session = _session(cut)
        made = session.run(None, {v.name: known[v.name] for v in session.get_inputs()})
        known |= zip(wanted, made, strict=True)

    assert np.array_equal(known["audio"], whole)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


@given(st.binary(max_size=60))
def test_bytes_that_are_no_message_are_refused_and_never_read_past(data):
    try:
        found = list(fields(data, 0, len(data)))
    except VoiceError:
        return

    assert all(0 <= field.key < field.start <= field.end <= len(data) for field in found)


@pytest.mark.parametrize("text", SENTENCES)
def test_the_tones_are_heard_in_the_sound(voice, text):
    spelt = spelling(jyutping(text))

    heard = voice.sing(spelt, 0.9)

    assert likeness(heard, spelt) >= 0.75


def test_the_models_own_melody_is_another(voice):
    """Without the tones laid over it the measure finds none: it can fail."""
    spelt = spelling(jyutping(SENTENCES[1]))
    parts, styles, vocabulary = voice._loaded
    tokens = [vocabulary[symbol] for symbol in spelt.symbols]
    known = {
        "tokens": np.array([[0, *tokens, 0]], np.int64),
        "style": styles[len(tokens) - 1],
        "speed": np.array([0.9], np.float32),
    }
    for name, (_, wanted) in CUTS.items():
        inputs = [value.name for value in parts[name].get_inputs()]
        made = parts[name].run(None, {key: known[key] for key in inputs})
        known |= zip(wanted, made, strict=True)

    assert likeness(Sung(known["audio"].ravel(), known[DURATIONS]), spelt) < 0.6
    bent = sung(known[PITCH].ravel(), known[DURATIONS], spelt.clauses)
    assert ((bent > 0) == (known[PITCH].ravel() > 0)).all()


def test_two_engines_give_the_same_samples_for_the_same_words(voice):
    said = Utterance(YUE, "唔好信", ("m4", "hou2", "seon3", "。"), 0.9)

    first, second = voice.synthesize(said), KokoroYue().synthesize(said)

    assert first == second
    assert len(first.frames) / 4 > 24_000 * 0.5


def test_it_is_experimental_and_offline_and_speaks_cantonese_only():
    can = KokoroYue().capability

    assert can.languages == can.experimental == {YUE}
    assert can.offline
    assert KokoroYue().probe() is None


def test_a_text_that_is_too_long_for_the_model_is_said_in_pieces(voice):
    fast = voice.synthesize(Utterance(YUE, "", ("nei5", "hou2") * 24, 2.0))

    assert len(fast.frames) / 4 / fast.rate > 4


def test_the_model_is_refused_when_a_part_is_not_what_it_was(tmp_path):
    parts = [tmp_path / f"part{number}" for number in range(4)]
    for part in parts:
        part.write_bytes(b"not a model" * 1000)
    broken = KokoroYue(parts=parts)

    assert broken.probe() is None
    with pytest.raises(VoiceError, match=r"模型校验失败.*wrong SHA-256"):
        broken.synthesize(Utterance(YUE, "好", ("hou2",)))


def test_a_missing_part_of_the_model_is_named(tmp_path):
    trouble = KokoroYue(parts=[tmp_path / "gone"]).probe()

    assert trouble is not None
    assert str(tmp_path / "gone") in trouble


def test_the_recipe_names_the_pinned_model_and_is_small():
    found = json.loads(RECIPE.read_text(encoding="utf-8"))

    assert found["model"] == kokoro_files.MODEL_SHA256
    assert found["parts"].keys() == CUTS.keys()
    assert RECIPE.stat().st_size < 16_000
