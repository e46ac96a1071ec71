"""What people call days, and how it is written in `days`.

A word that names no day is answered with nothing rather than with the next
best: 工作日 must never become Sunday.
"""

import re
from difflib import get_close_matches

from xiaolaba.core.calendar import DayClass

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLASSES = {kind.value: kind for kind in DayClass}

_SYNONYMS = {
    "workday": "工作日 上班日 上班 平日 平时 weekday weekdays workdays",
    "restday": "休息日 休息 双休日 双休 公休日 restdays",
    "holiday": "节假日 法定节假日 法定假日 假日 假期 放假 节日 holidays",
    "everyday": "每天 每日 天天 全部 全年 daily all every",
    "[sat, sun]": "周末 周六日 周六周日 周六、周日 weekend weekends",
}
_MEANT = {word: meant for meant, said in _SYNONYMS.items() for word in said.split()}

_ENGLISH = {
    **{word: word for word in (*WEEKDAYS, *CLASSES)},
    **dict(zip(_FULL, WEEKDAYS, strict=True)),
    **{word: meant for word, meant in _MEANT.items() if word.isascii()},
}

_CHINESE = dict(zip("一二三四五六日", WEEKDAYS, strict=True)) | {"天": "sun"}
_CHINESE_DAY = re.compile("(?:周|星期|礼拜)?([一二三四五六日天])")
_RANGE = re.compile(r"(.+?)\s*(?:-|~|～|至|到|—|–|…|\.\.)+\s*(.+)")


def meant(text: str) -> str | None:
    """Return how `text` is written in `days`, or None if it names no day."""
    word = text.strip().lower()[:64]
    return _MEANT.get(word) or _weekday(word) or _weekdays(word) or _near(word)


def _weekday(word: str) -> str | None:
    """Return the weekday that a word names in Chinese or in full English."""
    found = _CHINESE_DAY.fullmatch(word)
    if found:
        return _CHINESE[found[1]]
    return word[:3] if re.fullmatch("(mon|tues|wednes|thurs|fri|satur|sun)days?", word) else None


def _weekdays(word: str) -> str | None:
    """Return the list that a range such as 周一至周五 names."""
    found = _RANGE.fullmatch(word)
    ends = [_weekday(end) or end for end in found.groups()] if found else []
    if not ends or not set(ends) <= set(WEEKDAYS):
        return None
    first, last = map(WEEKDAYS.index, ends)
    count = (last - first) % len(WEEKDAYS) + 1
    return f"[{', '.join((WEEKDAYS * 2)[first : first + count])}]"


def _near(word: str) -> str | None:
    """Return what a slip of the pen meant: not `workday` for nonworkday, nor a day for today."""
    alike = [known for known in _ENGLISH if known[0] == word[:1]]
    found = get_close_matches(word, alike, 1, 0.8)
    return _ENGLISH[found[0]] if found else None
