import json
from pathlib import Path

import pytest
from pypinyin import Style, pinyin
from pypinyin.constants import PINYIN_DICT

from xiaolaba.adapters import cantonese, kokoro_alphabet, mandarin
from xiaolaba.adapters.kokoro import Kokoro
from xiaolaba.core.errors import TextError
from xiaolaba.core.speech.text import normalise
from xiaolaba.core.units import Language

VOICES = Path(kokoro_alphabet.__file__).parent / "voices"
VOCABULARY = json.loads((VOICES / "kokoro-vocab.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("银行行长", "yin2 hang2 hang2 zhang3"),
        ("孩子长大", "hai2 zi5 zhang3 da4"),
        ("说得对", "shuo1 de5 dui4"),
        ("说得急", "shuo1 de5 ji2"),
        ("还钱", "huan2 qian2"),
        ("中了奖", "zhong4 le5 jiang3"),
        ("脏钱", "zang1 qian2"),
        ("拨打96110", "bo1 da3 jiu3 liu4 yao1 yao1 ling2"),
        ("绿色", "lv4 se4"),
        ("别信，AI！", "bie2 xin4 ， ei1 ai4 ！"),
    ],
)
def test_mandarin_is_read_right(text, said):
    assert " ".join(mandarin.pinyin(normalise(text, Language("cmn")))) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("银行行长", "ngan4 hong4 hong4 zoeng2"),
        ("畀钱", "bei2 cin2"),
        ("睇医生", "tai2 ji1 sang1"),
        ("冇晒", "mou5 saai3"),
        ("打96110", "daa2 gau2 luk6 jat1 jat1 ling4"),
        ("佢哋嘅App！", "keoi5 dei6 ge3 ei1 pi1 pi1 ！"),
        ("唔好信騙子", "m4 hou2 seon3 pin3 zi2"),
    ],
)
def test_cantonese_is_read_right_in_both_scripts(text, said):
    assert " ".join(cantonese.jyutping(normalise(text, Language("yue")))) == said


def test_a_reading_given_by_the_operator_wins():
    assert mandarin.pinyin("长兴", (("长兴", "chang2 xing1"),)) == ("chang2", "xing1")
    assert cantonese.jyutping("大只", (("大只", "daai6 zek3"),)) == ("daai6", "zek3")


def test_a_hanzi_that_no_dictionary_knows_is_named():
    with pytest.raises(TextError, match="\U0003130a"):
        mandarin.pinyin("别\U0003130a")


def test_every_syllable_of_the_dictionary_is_in_the_models_alphabet():
    rare = {"wong4"}  # one reading of one character, no pinyin of today
    words = [chr(point) for point in PINYIN_DICT]
    syllables = {
        sound
        for word in words
        for sound in pinyin(word, Style.TONE3, heteronym=True, neutral_tone_with_five=True)[0]
    } - rare

    assert len(syllables) > 1_400
    assert all(set(kokoro_alphabet.ipa(syllable)) <= set(VOCABULARY) for syllable in syllables)


@pytest.mark.parametrize(
    ("syllable", "letters"),
    [
        ("zha4", "ꭧa↘"),
        ("pian4", "pʰjɛ↘n"),
        ("zhi1", "ꭧɨ→"),
        ("yuan2", "ɥɛ↗n"),
        ("xue2", "ɕɥe↗"),
        ("ju4", "ʨy↘"),
        ("wu3", "u↓"),
        ("you3", "jou↓"),
        ("wen4", "wə↘n"),
        ("er2", "ɚ↗"),
        ("de5", "tɤ"),
        ("yong4", "jʊ↘ŋ"),
    ],
)
def test_a_syllable_is_spelled_as_the_model_learned_it(syllable, letters):
    assert kokoro_alphabet.ipa(syllable) == letters


@pytest.mark.parametrize("wrong", ["", "zh", "zha", "zha6", "xyz1", "hang 2", "9"])
def test_what_is_no_pinyin_is_refused(wrong):
    with pytest.raises(TextError, match="不是拼音"):
        kokoro_alphabet.ipa(wrong)


@pytest.mark.parametrize(
    ("spoken", "learned"),
    [
        ("xiang3 xiang5", "xiang3 xiang3"),
        ("shou3 li5", "shou3 li3"),
        ("duo1 shao5", "duo1 shao3"),
        ("peng2 you5", "peng2 you5"),
        ("ma1 ma5 ba4 ba5", "ma1 ma1 ba4 ba4"),
        ("suo3 de2 de5", "suo3 de2 de5"),
        ("kuai4 le4 le5", "kuai4 le4 le5"),
        ("la1 la5", "la1 la5"),
        ("zhe1 zhe5", "zhe1 zhe5"),
        ("bu4 men2 men5", "bu4 men2 men5"),
        ("ai2 ma4 ma5", "ai2 ma4 ma5"),
    ],
)
def test_a_neutral_tone_that_the_model_learned_by_ear_is_spelled_as_in_the_dictionary(
    spoken, learned
):
    letters = "".join(map(kokoro_alphabet.ipa, learned.split()))

    assert kokoro_alphabet.phonemes(spoken.split()) == letters


@pytest.mark.parametrize(
    ("table", "changed"),
    [
        ("FINALS", {"ing": "i·n"}),
        ("WHOLE", {"er": "ə·"}),
        ("ARROWS", {"5": "→"}),
        ("PAUSES", {"，": "; "}),
        ("_LEARNED", {"li5": "li5"}),
        ("_KIN", {}),
    ],
)
def test_a_voice_has_another_version_when_it_is_spelled_to_otherwise(monkeypatch, table, changed):
    before = Kokoro().capability.version
    kept = getattr(kokoro_alphabet, table)
    monkeypatch.setattr(kokoro_alphabet, table, {**kept, **changed} if changed else frozenset())

    assert Kokoro().capability.version != before


def test_marks_become_pauses():
    said = ("bie2", "，", "xin4", "！")

    assert kokoro_alphabet.phonemes(said) == "pje↗, ɕi↘n!"


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("银行行长还钱", "銀行行長還錢"),
        ("重复转账中了奖", "重複轉賬中了獎"),
        ("长大，家长着急", "長大，家長着急"),
    ],
)
def test_traditional_characters_sound_as_simplified_ones(simplified, traditional):
    assert mandarin.pinyin(traditional) == mandarin.pinyin(simplified)


def test_words_of_ours_and_of_operators_are_found_in_traditional_characters_too():
    assert cantonese.jyutping("銀行行長") == ("ngan4", "hong4", "hong4", "zoeng2")
    assert cantonese.jyutping("打開", (("打开", "daa2 hoi1"),)) == ("daa2", "hoi1")
