import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaolaba.core.errors import TextError
from xiaolaba.core.speech.numerals import cardinal, spelled
from xiaolaba.core.speech.text import MARKS, MAX_CHARACTERS, normalise
from xiaolaba.core.units import Language

CMN, YUE = Language("cmn"), Language("yue")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("拨打96110", "拨打九六幺幺零", id="the hotline digit by digit"),
        pytest.param("快打110！", "快打幺幺零！", id="three digits digit by digit"),
        pytest.param("罚110元", "罚一百一十元", id="the same digits as money"),
        pytest.param("¥20,000没了", "二万元没了", id="a sign and groups of digits"),
        pytest.param("损失3.5万元", "损失三点五万元", id="a decimal"),
        pytest.param("日息3.5%", "日息百分之三点五", id="a percentage"),
        pytest.param("100%是骗", "百分之百是骗", id="a whole"),
        pytest.param("2个人", "两个人", id="two of something"),
        pytest.param("24小时", "二十四小时", id="hours"),
        pytest.param("2027年1月3日", "二零二七年一月三日", id="a date"),
        pytest.param("8:05到22:00", "八点零五分到二十二点", id="times of day"),
        pytest.param("400-800-1234", "四零零八零零幺二三四", id="a number with dashes"),
        pytest.param("96110，110元", "九六幺幺零，一百一十元", id="a comma that groups nothing"),
        pytest.param("下载App和ai", "下载APP和AI", id="letters by name"),
        pytest.param("ＡＩ变声，９６１１０", "AI变声，九六幺幺零", id="full-width"),
        pytest.param("别信,别转!", "别信，别转！", id="half-width marks"),
        pytest.param("“安全账户”、《通缉令》……", "安全账户，通缉令，", id="quotes and dots"),
        pytest.param("别信！？。真的", "别信。真的", id="several marks"),
        pytest.param("第一句\n第二句", "第一句，第二句", id="lines"),
        pytest.param("登录www.abc.cn的", "登录ABC点CN的", id="an address"),
    ],
)
def test_mandarin_is_written_out_as_it_is_said(text, said):
    assert normalise(text, CMN) == said


def test_cantonese_says_one_as_one():
    assert normalise("打96110同110", YUE) == "打九六一一零同一一零"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", ("没有可读的汉字", "nothing to say"), id="nothing"),
        pytest.param("  \n ", ("没有可读的汉字", "nothing to say"), id="blanks"),
        pytest.param("，。！", ("没有可读的汉字", "nothing to say"), id="marks only"),
        pytest.param("hello", ("没有可读的汉字", "nothing to say"), id="Latin only"),
        pytest.param("别信" * 5000, ("文字太长", "10000 characters"), id="ten thousand characters"),
        pytest.param("别信😀", ("读不出的字符", "GRINNING FACE"), id="an emoji"),
        pytest.param("别\x00信", ("第 2 个字是控制字符", "U+0000"), id="a control character"),
        pytest.param("别\u202e信", ("控制字符", "U+202E"), id="a character that turns text round"),
        pytest.param("<speak>别信</speak>", ("读不出的字符", "LESS-THAN"), id="markup"),
        pytest.param("안녕 별", ("读不出的字符", "HANGUL"), id="another script"),
    ],
)
def test_what_cannot_be_said_is_refused_in_both_languages(text, words):
    with pytest.raises(TextError) as refusal:
        normalise(text, CMN)

    assert all(word in str(refusal.value) for word in words)


@given(st.text(max_size=MAX_CHARACTERS + 10), st.sampled_from([CMN, YUE]))
def test_any_text_gives_only_what_a_voice_can_say_or_is_refused(text, language):
    try:
        said = normalise(text, language)
    except TextError:
        return

    assert all(character in MARKS or character.isalpha() or character == "〇" for character in said)
    assert not any(unicodedata.category(character).startswith("C") for character in said)
    assert normalise(said, language) == said


@given(st.integers(0, 10**12 - 1))
def test_a_number_in_words_is_that_number(number):
    assert _value(cardinal(str(number))) == number


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"),
        (10, "十"),
        (15, "十五"),
        (105, "一百零五"),
        (110, "一百一十"),
        (1010, "一千零一十"),
        (10000, "一万"),
        (100005, "十万零五"),
        (20300, "二万零三百"),
        (100000000, "一亿"),
        (100010000, "一亿零一万"),
    ],
)
def test_zeros_are_said_once_where_one_says_them(number, said):
    assert cardinal(str(number)) == said


def test_a_spelled_number_keeps_every_digit():
    assert spelled("10086", CMN) == "幺零零八六"
    assert spelled("10086", YUE) == "一零零八六"


def _value(said: str) -> int:
    """Read a number in hanzi back, section by section."""
    total = section = digit = 0
    for character in said:
        if character in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(character)
        elif character in "十百千":
            unit = 10 ** ("十百千".index(character) + 1)
            section += max(digit, 1) * unit
            digit = 0
        elif character == "万":
            total += (section + digit) * 10**4
            section = digit = 0
        else:
            total = (total + section + digit) * 10**8
            section = digit = 0
    return total + section + digit


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("2026-11-22截止", "二零二六年十一月二十二日截止", id="a date in figures"),
        pytest.param("2027.01.05", "二零二七年一月五日", id="a date with points"),
        pytest.param("2026年11月05日", "二零二六年十一月五日", id="a date with zeros before"),
        pytest.param("3-5天到账", "三到五天到账", id="a range"),
        pytest.param("2~3个人", "两到三个人", id="a range that begins with two"),
        pytest.param("50%-80%的人", "百分之五十到百分之八十的人", id="a range of percentages"),
        pytest.param("8:30-9:00开会", "八点三十分到九点开会", id="a range of hours"),
        pytest.param("1/2的人", "二分之一的人", id="a fraction"),
        pytest.param("骗走12.8万元", "骗走十二点八万元", id="an amount"),
        pytest.param("¥1,234.56", "一千二百三十四点五六元", id="an amount with a sign"),
        pytest.param("登录www.12321.cn举报", "登录幺二三二幺点CN举报", id="a web address"),
        pytest.param("网址https://abc-bank.com/a?b=1", "网址ABC杠BANK点COM", id="a link"),
        pytest.param("+86-138 来电", "八六幺三八来电", id="a mobile number"),
    ],
)  # fmt: skip
def test_dates_ranges_amounts_and_addresses_are_read_as_one_says_them(written, said):
    assert normalise(written, Language("cmn")) == said
