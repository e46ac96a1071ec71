"""What operators write in one word, read strictly: ids, names, numbers, durations, levels.

Each reader takes the text and returns the value, or raises `Wrong` with what
is wrong and what to write instead.
"""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from xiaolaba.core.checking.finding import near
from xiaolaba.core.units import Decibels, Language, Seconds

T = TypeVar("T")


class Wrong(Exception):
    """A text that does not say what is wanted here, in Chinese and English.

    `spelt` says that the words end with what to write, so that nothing is to be added.
    """

    def __init__(self, zh: str, en: str, spelt: bool = False) -> None:
        super().__init__(en)
        self.zh, self.en, self.spelt = zh, en, spelt


def instead(text: str, zh: str, en: str, write: str) -> Wrong:
    """Return that `text` is no `zh` (in English: no `en`) as written, and what to write."""
    return Wrong(f"'{text}' 不是{zh}；请写 {write}", f"'{text}' is not {en}; write {write}", True)


_HALF = str.maketrans(
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {ord("　"): " ", ord("“"): None, ord("”"): None, ord("‘"): None, ord("’"): None}
    | {ord("—"): "-", ord("–"): "-", ord("−"): "-", ord("～"): "-", ord("。"): "."}
)


def halved(text: str) -> str:
    """Return `text` with full-width signs and digits made half-width, and Chinese quotes gone."""
    return text.translate(_HALF).strip()


def read(parse: Callable[[str], T], text: str) -> T:
    """Return `parse(text)`; full-width writing is named as the cause where it is.

    Raises:
        Wrong: what `parse` says, or what to write in half-width.
    """
    try:
        return parse(text)
    except Wrong as wrong:
        half = halved(text)
        if half == text or wrong.spelt:
            raise
        try:
            parse(half)
        except Wrong as still:
            if still.spelt:
                raise
            zh, en = "里面有全角符号，请改成半角", "it has full-width characters"
            raise Wrong(f"{wrong.zh}；{zh}", f"{wrong.en}; {en}") from None
        raise Wrong(
            f"'{text}' 里有全角符号；请写成 '{half}'",
            f"full-width characters in '{text}'; write '{half}'",
        ) from None


def unknown(zh: str, en: str, word: str, known: Iterable[str]) -> Wrong:
    """Return that `word` is no `zh` (in English: no `en`), with the nearest that is."""
    maybe_zh, maybe_en = near(word, known)
    return Wrong(f"没有这个{zh} '{word}'{maybe_zh}", f"unknown {en} '{word}'{maybe_en}")


_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def identifier(text: str) -> str:
    """Return an id: lower-case letters, digits and '-', 32 at most."""
    if not _ID.fullmatch(text):
        raise Wrong(
            f"'{text}' 不能作 id：只用小写字母、数字和 '-'，以字母或数字开头，最多 32 个",
            f"'{text}' is not an id: a-z, 0-9 and '-', a letter or digit first, 32 at most",
        )
    return text


def words(text: str) -> str:
    """Return a short free text such as a name."""
    if not text.strip():
        raise Wrong("不能是空的", "must not be empty")
    if len(text) > 100:
        raise Wrong(f"太长：{len(text)} 个字，最多 100 个", f"too long: {len(text)}, at most 100")
    return text.strip()


def spoken(text: str) -> str:
    """Return a text to be said."""
    if not text.strip():
        raise Wrong("没有文字", "there is no text")
    if len(text) > 500:
        raise Wrong(f"太长：{len(text)} 个字，最多 500 个", f"too long: {len(text)}, at most 500")
    return text.strip()


_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_CALLED = {
    "cmn": "普通话 国语 官话 mandarin",
    "yue": "粤语 广东话 广州话 白话 cantonese",
    "hak": "客家话 客语 hakka",
    "nan": "闽南语 闽南话 台语 hokkien",
    "wuu": "吴语 上海话",
    "gan": "赣语",
    "hsn": "湘语",
}
_TAGS = {word: tag for tag, said in _CALLED.items() for word in (tag, *said.split())}


def language(text: str) -> Language:
    """Return a BCP 47 language tag."""
    if not _TAG.fullmatch(text) and text.lower() in _TAGS:
        raise instead(text, "语言标签", "a language tag", _TAGS[text.lower()])
    if not _TAG.fullmatch(text):
        raise Wrong(
            f"'{text}' 不是语言标签；例如 cmn（普通话）、yue（粤语）、hak（客家话）",
            f"'{text}' is not a language tag such as cmn, yue or hak",
        )
    return Language(text)


def boolean(text: str) -> bool:
    """Return true or false."""
    if text not in ("true", "false"):
        raise Wrong(f"请写 true 或 false，不是 '{text}'", f"write true or false, not '{text}'")
    return text == "true"


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within limits."""

    def read_whole(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise Wrong(
                f"要一个 {least} 到 {most} 的整数，不是 '{text}'",
                f"a whole number from {least} to {most} is wanted, not '{text}'",
            )
        return int(text)

    return read_whole


def one_of(choices: dict[str, T]) -> Callable[[str], T]:
    """Return a reader of a fixed set of words."""

    def read_choice(text: str) -> T:
        if text not in choices:
            maybe_zh, maybe_en = near(text, choices)
            listed = ", ".join(choices)
            raise Wrong(
                f"'{text}' 不对，只能是 {listed}{maybe_zh}",
                f"'{text}' is not one of {listed}{maybe_en}",
            )
        return choices[text]

    return read_choice


_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([a-zA-Z]*)")
_SAID_UNITS = {
    "h": "h hr hrs hour hours 小时 个小时 钟头 时",
    "min": "min m mins minute minutes 分钟 分",
    "s": "s sec secs second seconds 秒钟 秒",
    "ms": "ms 毫秒",
}
_SIZES = {word: _UNITS[unit] for unit, said in _SAID_UNITS.items() for word in said.split()}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([^\W\d_]+)\s*")


def duration(least: float, most: float) -> Callable[[str], Seconds]:
    """Return a reader of durations with a unit, from `least` to `most` seconds."""

    def read_duration(text: str) -> Seconds:
        found = _DURATION.fullmatch(text)
        if not found or found[2] not in _UNITS:
            meant = _meant_seconds(text)
            if meant is not None and least <= meant <= most:
                raise instead(text, "时长", "a duration", shown(meant))
            raise Wrong(
                f"'{text}' 不是时长；请带单位 ms、s、min 或 h，例如 15min",
                f"'{text}' is not a duration; give a unit ms, s, min or h, such as 15min",
            )
        seconds = round(float(found[1]) * _UNITS[found[2]], 6)
        if not least <= seconds <= most:
            low, high = shown(least), shown(most)
            raise Wrong(
                f"时长要在 {low} 到 {high} 之间，不是 {text}",
                f"the duration must be from {low} to {high}, not {text}",
            )
        return Seconds(seconds)

    return read_duration


def _meant_seconds(text: str) -> float | None:
    """Return how long `1h30min` or 半小时 is, or None if that cannot be told."""
    said = re.sub("半个?小时", "30min", text[:64].strip().lower())
    parts = _PART.findall(said)
    if not parts or _PART.sub("", said) or not all(unit in _SIZES for _, unit in parts):
        return None
    return float(round(sum(float(count) * _SIZES[unit] for count, unit in parts), 3))


def shown(seconds: float) -> str:
    """Return a duration as an operator would write it."""
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds * 1000:g}ms"


def level(text: str) -> Decibels:
    """Return `-6dB`; from -60 to 0."""
    found = re.fullmatch(r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,3})?) ?dB", text)
    if not found:
        raise Wrong(
            f"'{text}' 不是音量；请写分贝，例如 -6dB", f"'{text}' is not a level such as -6dB"
        )
    decibels = float(found[1])
    if not -60 <= decibels <= 0:
        raise Wrong(
            f"音量要在 -60dB 到 0dB 之间，不是 {text}",
            f"the level must be from -60dB to 0dB, not {text}",
        )
    return Decibels(decibels)


def size(text: str) -> int:
    """Return `500MB` or `2GB` in bytes, from 10 MB to 10 TB."""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([MGT])B", text)
    if not found:
        raise Wrong(f"'{text}' 不是容量；例如 500MB、2GB", f"'{text}' is not a size such as 2GB")
    count = round(float(found[1]) * {"M": 1e6, "G": 1e9, "T": 1e12}[found[2]])
    if not 10_000_000 <= count <= 10_000_000_000_000:
        raise Wrong("容量要在 10MB 到 10TB 之间", "the size must be from 10MB to 10TB")
    return count
