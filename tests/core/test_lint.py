"""The editor's remarks, one by one; the planted faults are in test_rhyme_command.py."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.speech.facts import faults
from xiaolaba.core.speech.finals import ends, group, rhymes
from xiaolaba.core.speech.lint import Spoken, notes
from xiaolaba.core.speech.traditional import simplified
from xiaolaba.core.speech.written_cantonese import draft, mandarin_words
from xiaolaba.core.units import Language, RhymeId

CMN, YUE = Language("cmn"), Language("yue")
TODAY = date(2026, 11, 22)
LINE = "bie2 xin4 ta1 ， zhuan3 zhang4 jiu4 shi4 jia3 。 kuai4 gua4 xia4 。"
RHYMING = tuple(LINE.split())


def told(text: str, language: Language = CMN) -> list[str]:
    reading = Reading(language, text)
    rhyme = Rhyme(RhymeId("one"), "诈骗", frozenset({Audience.ALL}), (reading,))
    return [note.code for note in notes([Spoken(rhyme, reading, RHYMING)], TODAY)]


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("jia3", "hua4", CMN), ("yuan2", "qian2", CMN), ("ye4", "jie2", CMN), ("yu2", "qi4", CMN),
        ("yun2", "ren2", CMN), ("zhong1", "ying2", CMN), ("gou3", "you4", CMN),
        ("zoeng2", "hoeng1", YUE), ("gwong1", "bong1", YUE), ("saa1", "faa1", YUE),
    ],
)  # fmt: skip
def test_syllables_of_one_group_rhyme(one, other, language):
    assert group(one, language) == group(other, language)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("zhi1", "qi1", CMN), ("ge1", "jie1", CMN), ("lu4", "qu4", CMN), ("shan1", "shang1", CMN),
        ("si1", "sei2", YUE), ("ng5", "m4", YUE), ("saam1", "saan1", YUE),
    ],
)  # fmt: skip
def test_syllables_of_different_groups_do_not(one, other, language):
    assert group(one, language) != group(other, language)


def test_a_single_clause_has_nothing_to_rhyme_with():
    assert not rhymes(("bie2", "xin4", "。"), CMN)
    assert ends(RHYMING) == ["ta1", "jia3", "xia4"]


@pytest.mark.parametrize(
    "text",
    [
        "96110来电要接听，有事就打110。",
        "骗走3000元，一共1234567.5元，2027年，400块。",
        "钱不能追回，别信能退回。",
        "骗子说包你退款？",
        "先垫一万元，再垫三千元",
    ],
)
def test_the_truth_passes(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("打12381求助", "hotline"),
        ("拨 400-600-1234", "hotline"),
        ("打九五五八八", "hotline"),
        ("一定追回你的钱", "promise"),
        ("我们帮你追讨", "promise"),
        ("实攞返啲钱", "promise"),
        ("保證能追回", "promise"),
    ],
)
def test_another_number_and_a_promise_are_doubtful(text, code):
    assert told(text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "自称律师能追回，收完定金他就飞。",
        "骗子说：交钱就能追回损失，千万别信他放屁。",
        "谁说能全额退款，谁就是骗子没得谈。",
        "你的退款能退回原卡，何必点链接听他话？",
        "有人话保证帮你追返啲钱，咪信，又系呃你。",
        "有人话保證幫你追返啲錢，咪信，又係呃你。",
        "冒充警察能追回。",
    ],
)
def test_a_promise_that_somebody_is_said_to_make_is_a_warning(text):
    assert [(own.code, own.warning) for own in faults(text)] == [("promise", True)]


@pytest.mark.parametrize(
    "text",
    [
        "警方帮你把钱追。",
        "警方全力把钱追，平安回家笑微微。",
        "民警保你钱无恙",
        "骗子心虚。民警一定追回你的钱。",
        "一定追回你的钱，别怕！骗子说话都是假。",
    ],
)
def test_a_promise_of_ones_own_is_an_error_whatever_another_sentence_says(text):
    assert [(own.code, own.warning) for own in faults(text)] == [("promise", False)]


@pytest.mark.parametrize(
    "text",
    [
        "一天赚500，投1000返1200，损失300多亿。",
        "损失1，000元，揾300蚊，100美元。",
        "一二三四五六七，防骗口诀要牢记。",
        "零一二三四，五四三二一",
        "二零二七年，二〇二七年，三三两两，七七八八",
        "00开头别接，+852来电，400电话，验证码123456，618大促",
        "民警追你到天边，警方全力追逃犯",
        "老实退还赃款，其实退还要等，落实退还工作",
    ],
)
def test_what_only_looks_like_a_number_to_call_or_a_promise_passes(text):
    assert list(faults(text)) == []


@pytest.mark.parametrize("text", ["现在唔好信", "了解清楚", "的士司機", "本来系真", "其他人"])
def test_what_cantonese_says_as_well_is_left_alone(text):
    left = {own.word for own in mandarin_words(text)}

    assert left <= {"现在"}


def test_a_draft_exchanges_the_longest_words_first_in_either_script():
    assert draft("为什么他们没有说") == "点解佢哋冇话"
    assert draft("他們說沒有") == "佢哋话冇"


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40))
def test_simplifying_keeps_the_length_and_is_done_once_for_all(text):
    assert len(simplified(text)) == len(text)
    assert simplified(simplified(text)) == simplified(text)
