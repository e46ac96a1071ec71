"""The rhymes that ship: enough, over all topics, speakable, rhyming, and with right facts."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from xiaolaba.adapters.cantonese import jyutping
from xiaolaba.adapters.kokoro_alphabet import FINALS, ipa
from xiaolaba.adapters.mandarin import pinyin
from xiaolaba.core.speech.text import MARKS, normalise
from xiaolaba.core.units import Language
from xiaolaba.settings import load_rhymes

RHYMES = load_rhymes(Path(__file__).parents[2] / "audio" / "rhymes")
ALL = pytest.mark.parametrize("rhyme", RHYMES.values(), ids=RHYMES.keys())
CMN, YUE = Language("cmn"), Language("yue")

TOPICS = {
    *("刷单返利", "虚假贷款", "冒充客服", "冒充公检法", "虚假投资理财", "网购退款"),
    *("冒充熟人领导", "游戏交易", "裸聊敲诈", "养老保健", "AI换脸变声", "出租出借电话卡银行卡"),
}
# The thirteen rhyme groups (十三辙), by the vowel and ending of a syllable in the voice's alphabet.
GROUPS = {
    **dict.fromkeys(["a"], "发花"),
    **dict.fromkeys(["o", "ɤ"], "梭坡"),
    **dict.fromkeys(["e"], "乜斜"),
    **dict.fromkeys(["ai"], "怀来"),
    **dict.fromkeys(["ei"], "灰堆"),
    **dict.fromkeys(["au"], "遥条"),
    **dict.fromkeys(["ou"], "油求"),
    **dict.fromkeys(["an", "ɛn"], "言前"),
    **dict.fromkeys(["ən", "in", "yn"], "人辰"),
    **dict.fromkeys(["aŋ"], "江阳"),
    **dict.fromkeys(["əŋ", "iŋ", "ʊŋ"], "中东"),
    **dict.fromkeys(["i", "ɨ", "y", "ɚ"], "一七"),
    **dict.fromkeys(["u"], "姑苏"),
}


def test_there_are_at_least_twenty_four_over_all_twelve_topics():
    assert len(RHYMES) >= 24
    assert {rhyme.topic for rhyme in RHYMES.values()} == TOPICS


@ALL
def test_each_has_a_mandarin_and_a_cantonese_reading_of_bearable_length(rhyme):
    assert {reading.language for reading in rhyme.readings} == {CMN, YUE}
    for reading in rhyme.readings:
        assert 14 <= sum(character.isalnum() for character in reading.text) <= 44


@ALL
def test_each_rhymes_in_mandarin(rhyme):
    groups = [GROUPS[_ending(syllable)] for syllable in _ends(rhyme, CMN, pinyin)]

    assert groups.count(groups[-1]) >= max(2, len(groups) / 2)


@ALL
def test_each_rhymes_in_cantonese(rhyme):
    finals = [_final(syllable) for syllable in _ends(rhyme, YUE, jyutping)]

    assert finals.count(finals[-1]) >= max(2, len(finals) / 2)


@ALL
def test_the_cantonese_is_spoken_cantonese(rhyme):
    assert re.search("[唔嘅佢咗畀哋嚟冇喺嗰啲咁系咪乸嘢]", rhyme.reading(YUE).text)


@ALL
def test_no_other_number_than_the_two_hotlines_is_named(rhyme):
    for reading in rhyme.readings:
        assert set(re.findall(r"\d+", reading.text)) <= {"96110", "110"}


@ALL
def test_nobody_is_promised_their_money_back(rhyme):
    for reading in rhyme.readings:
        assert not re.search("追回|全额|保证退|一定退|帮你要回|挽回", reading.text)


@ALL
def test_a_safe_account_is_only_named_as_a_lie(rhyme):
    text = rhyme.reading(CMN).text

    assert "安全账户" not in text or "安全账户全是假" in text


def test_the_alphabet_knows_a_group_for_every_final():
    assert {_ending_of(shape) for shape in FINALS.values()} <= set(GROUPS)


def _ends(rhyme, language, pronounce) -> list[str]:
    """Return the last syllable of each clause."""
    reading = rhyme.reading(language)
    found = pronounce(normalise(reading.text, language), reading.say)
    return [sound for sound, mark in pairwise(found) if mark in MARKS]


def _ending(syllable: str) -> str:
    letters = re.sub("[→↗↓↘]", "", ipa(syllable))
    return _ending_of(letters)


def _ending_of(letters: str) -> str:
    """Return vowel and ending, without what stands before."""
    found = re.search(r"(ai|ei|au|ou|[aoɤeɛəiyuʊɨɚ])[nŋ]?$", letters.replace("·", ""))
    assert found, letters
    return found[0]


def _final(syllable: str) -> str:
    """Return a Jyutping final; -eng and -ing are two readings of the same words."""
    final = re.sub(r"^(ng|gw|kw|[bpmfdtnlgkhwzcsj])?(?=[aeiou])", "", syllable[:-1])
    return {"eng": "ing"}.get(final, final)
