"""What a reading says aloud: digits, amounts, letters and marks written out for a voice.

The result holds hanzi, capital Latin letters (each read by its name) and the
four marks ，。！？ only. A number is read by what it is (`numbers`):

* money, percentages and other counted things as a number (3.5万元 三点五万元),
* a year digit by digit (2027年 二零二七年), a date by its parts (2027-01-05),
* a range from one to the other (3-5天 三到五天), a fraction (1/2 二分之一),
* a web address letter by letter with its points (12321.cn 一二三二一点CN),
* a telephone number or a code digit by digit (96110 九六幺幺零; in Cantonese
  九六一一零),
* anything else as a number (一天赚500 一天赚五百).
"""

import re
import unicodedata

from xiaolaba.core.errors import TextError
from xiaolaba.core.speech.numbers import written_out
from xiaolaba.core.units import Language

MAX_CHARACTERS = 2000
"""Longest reading, in characters; about seven minutes of speech."""

MARKS = "，。！？"
"""The pauses a voice knows: one inside a sentence, three that end it."""

_HANZI = "〇㐀-䶿一-鿿\U00020000-\U000323af"
_DROPPED = re.compile(r"[\"'“”‘’「」『』《》〈〉()\[\]【】·]")
_PAUSES = str.maketrans(dict.fromkeys(",、;:~—-/", "，"))
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
    spoken = _marks(written_out(_DROPPED.sub("", _plain(text)), language))
    spoken = _REPEATED.sub(_strongest, re.sub(r"\s+", "", spoken).upper()).lstrip(MARKS)
    _require_speakable(spoken)
    return spoken


def _plain(text: str) -> str:
    """Return the text in plain characters; ， stays, for it seldom groups digits as , does."""
    parts = text.replace("…", "，").replace("...", "，").split("，")
    return "，".join(unicodedata.normalize("NFKC", part) for part in parts)


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
