"""What a reading says aloud: digits, amounts, letters and marks written out for a voice.

The result holds hanzi, capital Latin letters (each read by its name) and the
four marks ，。！？ only. A number is read by what it is:

* money, percentages and other counted things as a number (3.5万元 三点五万元),
* a year digit by digit (2027年 二零二七年), a date by its parts (2027-01-05),
* a range from one to the other (3-5天 三到五天), a fraction (1/2 二分之一),
* a web address letter by letter with its points (12321.cn 一二三二一点CN),
* any other run of three digits or more digit by digit, as one says a hotline
  (96110 九六幺幺零; in Cantonese 九六一一零),
* one or two digits as a number (24 二十四).
"""

import re
import unicodedata

from xiaolaba.core.errors import TextError
from xiaolaba.core.units import Language

MAX_CHARACTERS = 2000
"""Longest reading, in characters; about seven minutes of speech."""

MARKS = "，。！？"
"""The pauses a voice knows: one inside a sentence, three that end it."""

_HANZI = "〇㐀-䶿一-鿿\U00020000-\U000323af"
_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_SECTIONS = ("", "万", "亿", "万亿")
_COUNTED = "个次天名位张种步句遍条件年月岁元块毛万千百亿人成倍折分"
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)")
_JOINED_DIGITS = re.compile(r"(?<=\d)-(?=\d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_MONEY = re.compile(r"[¥￥](\d+(?:\.\d+)?)([万亿]?)元?")
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-4]):([0-5]\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?=年)")
_COUNT = re.compile(rf"(?<!\d)(\d{{1,15}}(?:\.\d+)?)(?=[{_COUNTED}]|小时|分钟)")
_DECIMAL = re.compile(r"\d{1,15}\.\d+")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])(?!\d)")
_MONTH_DAY = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])月(0?[1-9]|[12]\d|3[01])(?=[日号])")
_RANGE = re.compile(
    rf"(?<![\d-])(\d{{1,4}}(?:\.\d+)?)[-~至到](\d{{1,4}}(?:\.\d+)?)(?=[%{_COUNTED}日号]|小时|分钟)"
)
_ADDRESS = re.compile(
    r"(?:https?://)?((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})(?:/[A-Za-z0-9._~/?&=#%-]*)?"
)
_BETWEEN = re.compile(r"(?<=[%\d])[-~](?=\d{1,3}(?:\.\d+)?%|[012]?\d:[0-5]\d)")
_FRACTION = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,3})(?![\d/])")
_RUN = re.compile(r"\d{3,}")
_NUMBER = re.compile(r"\d+")
_DROPPED = re.compile(r"(?:\+(?=\d))|[\"'“”‘’「」『』《》〈〉()\[\]【】·]")
_PAUSES = str.maketrans(
    {",": "，", "、": "，", ";": "，", ":": "，", "~": "，", "—": "，", "-": "，"}
)
_ENDS = str.maketrans({".": "。", "!": "！", "?": "？", "｡": "。"})
_REPEATED = re.compile(rf"[{MARKS}]{{2,}}")
_SPOKEN = re.compile(rf"[{_HANZI}A-Z{MARKS}]")
_SAID = re.compile(rf"[{_HANZI}]")


def normalise(text: str, language: Language) -> str:
    """Return what is said: hanzi, capital letters and the marks ，。！？.

    Raises:
        TextError: if the text is empty, too long or holds what no voice can say.
    """
    if len(text) > MAX_CHARACTERS:
        raise TextError(
            f"文字太长：{len(text)} 字，最多 {MAX_CHARACTERS} 字",
            f"text too long: {len(text)} characters, at most {MAX_CHARACTERS}",
        )
    _require_no_control_characters(text)
    ungrouped = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    plain = unicodedata.normalize("NFKC", ungrouped.replace("…", "，")).replace("...", ",")
    spoken = _marks(_numbers(_DROPPED.sub("", plain), language))
    spoken = _REPEATED.sub(_strongest, re.sub(r"\s+", "", spoken).upper()).lstrip(MARKS)
    _require_speakable(spoken)
    return spoken


def cardinal(digits: str) -> str:
    """Return a whole number of up to 16 digits in hanzi: 110 一百一十, 10000 一万."""
    value = digits.lstrip("0") or "0"
    if value == "0":
        return "零"
    sections = [value[max(0, end - 4) : end] for end in range(len(value), 0, -4)]
    said = ""
    for index, section in reversed(list(enumerate(sections))):
        if int(section) == 0:
            said += "" if said.endswith("零") else "零"
            continue
        said += _section(section, leading=not said) + _SECTIONS[index]
    said = said.rstrip("零")
    return said.removeprefix("一") if said.startswith("一十") else said


def spelled(digits: str, language: Language) -> str:
    """Return a number digit by digit; Mandarin says 幺 for one, so that it is not heard as 七."""
    said = "".join(_DIGITS[int(digit)] for digit in digits)
    return said if language == "yue" else said.replace("一", "幺")


def _section(section: str, leading: bool) -> str:
    """Return four digits in hanzi, with one 零 for each run of zeros inside."""
    said = ""
    for place, digit in enumerate(section if leading else section.zfill(4)):
        unit = _UNITS[len(section if leading else section.zfill(4)) - 1 - place]
        if digit != "0":
            said += _DIGITS[int(digit)] + unit
        elif not said.endswith("零"):
            said += "零"
    return said.rstrip("零")


def _amount(number: str) -> str:
    """Return a number with or without a decimal point in hanzi."""
    whole, _, fraction = number.partition(".")
    said = cardinal(whole)
    return said + "点" + "".join(_DIGITS[int(digit)] for digit in fraction) if fraction else said


def _counted(number: str) -> str:
    """Return a number before what it counts: 2 is 两 there."""
    return "两" if number == "2" else _amount(number)


def _numbers(text: str, language: Language) -> str:
    """Return the text with every digit written out, each by what its number is."""
    text = _ADDRESS.sub(lambda found: _address(found[1], language), text)
    text = _DATE.sub(_date, text)
    text = _MONTH_DAY.sub(lambda found: f"{int(found[1])}月{int(found[2])}", text)
    text = _RANGE.sub(lambda found: f"{_counted(found[1])}到{found[2]}", text)
    text = _BETWEEN.sub("到", text)
    text = _FRACTION.sub(lambda found: f"{cardinal(found[2])}分之{cardinal(found[1])}", text)
    text = _PERCENT.sub(_percentage, text)
    text = _MONEY.sub(lambda found: _counted(found[1]) + found[2] + "元", text)
    text = _CLOCK.sub(_clock, text)
    text = _YEAR.sub(lambda found: "".join(_DIGITS[int(digit)] for digit in found[1]), text)
    text = _COUNT.sub(lambda found: _counted(found[1]), text)
    text = _DECIMAL.sub(lambda found: _amount(found[0]), text)
    text = _JOINED_DIGITS.sub("", text)
    text = _RUN.sub(lambda found: spelled(found[0], language), text)
    return _NUMBER.sub(lambda found: cardinal(found[0]), text)


def _address(name: str, language: Language) -> str:
    """Return a web address as one says it: digits one by one, letters by name, its points."""
    said = name.removeprefix("www.").replace("-", "杠").replace(".", "点")
    return _NUMBER.sub(lambda found: spelled(found[0], language), said)


def _date(found: re.Match[str]) -> str:
    """Return a date in figures as year, month and day: 2027-01-05 2027年1月5日."""
    return f"{found[1]}年{int(found[2])}月{int(found[3])}日"


def _percentage(found: re.Match[str]) -> str:
    """Return a percentage: 3.5% 百分之三点五, 100% 百分之百."""
    return "百分之" + ("百" if found[1] == "100" else _amount(found[1]))


def _clock(found: re.Match[str]) -> str:
    """Return a time of day: 8:30 八点三十分, 8:00 八点, 8:05 八点零五分."""
    hour, minute = found[1], found[2]
    said = ("两" if int(hour) == 2 else cardinal(hour)) + "点"
    if minute == "00":
        return said
    return said + ("零" if minute < "10" else "") + cardinal(minute) + "分"


def _marks(text: str) -> str:
    """Return the text with every mark as one of ，。！？; a point between letters is said."""
    text = re.sub(r"(?<=[A-Za-z])\.(?=[A-Za-z])", "点", text)
    return text.replace("\n", "，").translate(_PAUSES).translate(_ENDS)


def _strongest(found: re.Match[str]) -> str:
    """Return the mark that stands for several: the last that ends a sentence, else a pause."""
    ends = [mark for mark in found[0] if mark != "，"]
    return ends[-1] if ends else "，"


def _require_no_control_characters(text: str) -> None:
    for place, character in enumerate(text.strip(), start=1):
        if (
            unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}
            and character not in "\n\t\r"
        ):
            raise TextError(
                f"第 {place} 个字是控制字符 U+{ord(character):04X}",
                f"control character U+{ord(character):04X} at character {place}",
            )


def _require_speakable(spoken: str) -> None:
    for character in spoken:
        if not _SPOKEN.match(character):
            name = unicodedata.name(character, "unnamed")
            raise TextError(
                f"读不出的字符 {character!r} ({name})", f"{character!r} ({name}) cannot be spoken"
            )
    if not _SAID.search(spoken):
        raise TextError("没有可读的汉字", "nothing to say: no Chinese characters")
