"""The State Council's yearly notice of days off, read from its plain text.

    一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。

Nothing is guessed: what an item says must be understood to the last clause,
its weekdays and its count of days must be right, and none of the seven
holidays may be missing. Whatever is not, is refused with its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from xiaolaba.core.errors import ConfigError, Problem
from xiaolaba.core.schedule import Dates

HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
MOST = 100_000
"""Most characters that are looked at."""

_HALF = str.maketrans(
    {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
    | {"(": "（", ")": "）", ":": "：", ",": "，", ";": "；", "．": "、"}
)
_HEAD = re.compile(r"(?:^|(?<=[。：\n]))[一二三四五六七八九十]+、([^：。\n]{1,30})：")
_CLAUSE = re.compile(r"(?:（[^（）]*）|[^。；，])+")
_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(（[^（）]*）)?"
_OFF = re.compile(rf"{_DAY}(?:(?:至|到|-|—|–|~|～){_DAY})?放假(?:调休)?(?:(\d{{1,2}})天)?")
_REST = re.compile(rf"{_DAY}补休")
_WORK = re.compile(rf"((?:{_DAY}[、和]?)+)(?:上班|补班)")
_COUNT = re.compile(r"共(\d{1,2})天")
_REMARK = re.compile(r"不调休|与周末连休")
_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")
_YEAR = re.compile(r"(?:关于|现将)(\d{4})年")
_DATED = re.compile(r"\d{1,2}月\d{1,2}日")
_SIGNED = re.compile(r"(?:^|国务院办公厅)(?:\d{4}年)?\d{1,2}月\d{1,2}日$")
_ADVICE = ("鼓励", "节假日期间")
"""How sentences begin that say nothing of days off."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """One span of days off."""

    name: str
    dates: Dates


@dataclass(frozen=True, slots=True)
class Year:
    """What was published for one year: days off and make-up workdays."""

    year: int
    off: tuple[Holiday, ...]
    work: tuple[date, ...]


def read_notice(text: str, file: str) -> Year:
    """Return the year that a notice publishes; problems call the text `file`.

    Raises:
        ConfigError: with everything that is not understood or not right.
    """
    reader = _Reader(_Text(text[:MOST]), file)
    found = reader.year()
    if found is None or reader.problems:
        raise ConfigError(tuple(sorted(set(reader.problems))))
    return found


class _Text:
    """A text without its spaces, whose characters know where they stood."""

    def __init__(self, text: str) -> None:
        kept: list[str] = []
        self._places: list[tuple[int, int]] = []
        for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
            for column, character in enumerate(line, 1):
                if not character.isspace():
                    kept.append(character)
                    self._places.append((number, column))
            kept.append("\n")
            self._places.append((number, len(line) + 1))
        self.text = "".join(kept).translate(_HALF)

    def place(self, index: int) -> tuple[int, int]:
        """Return the line and column of a character, from 1."""
        return self._places[min(index, len(self._places) - 1)] if self._places else (1, 1)


class _Reader:
    """Reads one notice; everything wrong is kept in `problems`."""

    def __init__(self, source: _Text, file: str) -> None:
        self._source, self._file = source, file
        self._number = 0
        self.problems: list[Problem] = []

    def year(self) -> Year | None:
        """Return the year as far as it could be read."""
        text = self._source.text
        named = _YEAR.search(text)
        if named is None:
            zh = "没有找到是哪一年；请连同标题“关于2027年部分节假日安排的通知”一起给出"
            self._tell(0, zh, "the year is not named; give the notice with its title")
            return None
        self._number = int(named[1])
        heads = list(_HEAD.finditer(text))
        ends = [head.start() for head in heads[1:]] + [len(text)] * bool(heads)
        self._prose(0, heads[0].start() if heads else len(text))
        off: list[Holiday] = []
        work: list[date] = []
        for head, end in zip(heads, ends, strict=True):
            self._item(head, end, off, work)
        self._require_all(heads, off, work)
        return Year(self._number, tuple(off), tuple(sorted(work)))

    def _tell(self, index: int, zh: str, en: str) -> None:
        self.problems.append(Problem(self._file, *self._source.place(index), zh, en))

    def _prose(self, begin: int, end: int) -> None:
        """Refuse dates in what is no item; the date under the signature may stand there."""
        for line in re.finditer(r"[^\n]+", self._source.text[begin:end]):
            dated = _DATED.search(_SIGNED.sub("", line[0]))
            if dated:
                place = begin + line.start() + dated.start()
                zh, en = "这里有日期，但看不懂属于哪个节日", "a date that belongs to no holiday"
                self._tell(place, f"{zh}：{line[0][:30]}", en)

    def _item(self, head: re.Match[str], end: int, off: list[Holiday], work: list[date]) -> None:
        """Read one holiday: its days off, its make-up workdays, its count."""
        name, known = head[1], len(self.problems)
        own: list[Holiday] = []
        stated: list[tuple[int, int]] = []
        for start, clause in self._clauses(head.end(), end):
            if found := _OFF.fullmatch(clause):
                own += self._off(name, found, start)
                stated += [(start, int(found[9]))] if found[9] else []
            elif found := _REST.fullmatch(clause):
                own += [Holiday(name, Dates(day, day)) for day in self._day(found, 1, start)]
            elif found := _WORK.fullmatch(clause):
                work += self._work(found[1], start)
            elif found := _COUNT.fullmatch(clause):
                stated.append((start, int(found[1])))
            elif not _REMARK.fullmatch(clause):
                self._tell(start, f"看不懂“{clause[:30]}”", f"not understood: '{clause[:30]}'")
        total = sum((one.dates.last - one.dates.first).days + 1 for one in own)
        for start, count in stated:
            if own and count != total:
                zh, en = (
                    f"写的是 {count} 天，日期却是 {total} 天",
                    f"{count} days, but {total} dated",
                )
                self._tell(start, zh, en)
        if not own and known == len(self.problems):
            self._tell(head.start(), f"“{name}”没有放假日期", f"no days off for '{name}'")
        off += own

    def _clauses(self, begin: int, end: int) -> Iterator[tuple[int, str]]:
        """Yield an item's clauses with their places, without advice and what follows the list."""
        for sentence in re.finditer(r"[^。]+", self._source.text[begin:end]):
            joined = sentence[0].replace("\n", "")
            start = begin + sentence.start() + len(sentence[0]) - len(sentence[0].lstrip("\n"))
            if joined.startswith(_ADVICE[1]) or (sentence.start() and self._ends(sentence[0])):
                self._prose(begin + sentence.start(), end)
                return
            if joined.startswith(_ADVICE[0]):
                continue
            for clause in _CLAUSE.finditer(joined):
                yield start + clause.start() + sentence[0][: clause.start()].count("\n"), clause[0]

    def _ends(self, sentence: str) -> bool:
        """Return whether a sentence on a line of its own has no date: the list is over."""
        return sentence.startswith("\n") and (
            not _DATED.search(sentence) or _SIGNED.search(sentence.strip()) is not None
        )

    def _off(self, name: str, found: re.Match[str], start: int) -> list[Holiday]:
        first = self._day(found, 1, start)
        if found[7] is None:
            return [Holiday(name, Dates(day, day)) for day in first]
        last = self._day(found, 5, start, first[0] if first else None)
        if first and last and not timedelta() <= last[0] - first[0] <= timedelta(days=31):
            self._tell(
                start, f"{first[0]} 至 {last[0]} 不对", f"{first[0]} to {last[0]} is no span"
            )
            return []
        return [Holiday(name, Dates(first[0], last[0]))] if first and last else []

    def _work(self, listed: str, start: int) -> list[date]:
        days: list[date] = []
        for found in re.finditer(_DAY, listed):
            for day in self._day(found, 1, start + found.start(), days[-1] if days else None):
                if day.weekday() < 5:
                    zh, en = f"{day} 不是周末，不会是补班", f"{day} is no weekend day to make up"
                    self._tell(start + found.start(), zh, en)
                days.append(day)
        return days

    def _day(
        self, found: re.Match[str], group: int, start: int, before: date | None = None
    ) -> list[date]:
        """Return the day in four groups of a match (none if it is wrong), its weekday held to it.

        A year or month that is not written is that of the day `before`.
        """
        year, month, number, aside = found.group(group, group + 1, group + 2, group + 3)
        if month is None and before is None:
            self._tell(start, f"“{number}日”没写月份", "the month is missing")
            return []
        base = before or date(self._number, 1, 1)
        try:
            day = date(int(year or base.year), int(month or base.month), int(number))
        except ValueError:
            zh = f"没有 {month or base.month} 月 {number} 日这一天"
            self._tell(start, zh, "there is no such day")
            return []
        shown = _WEEKDAY.search(aside or "")
        actual = "一二三四五六日"[day.weekday()]
        if shown and shown[1].replace("天", "日") != actual:
            zh, en = f"{day} 是周{actual}，不是周{shown[1]}", f"{day} is another weekday"
            self._tell(start, zh, en)
        return [day]

    def _require_all(
        self, heads: list[re.Match[str]], off: list[Holiday], work: list[date]
    ) -> None:
        named: list[str] = []
        for head in heads:
            for name in re.split("[、和]", head[1]):
                if name not in HOLIDAYS or name in named:
                    zh, en = f"“{name}”不是或已经是一个节日", f"'{name}' is no holiday, or doubled"
                    self._tell(head.start(1), zh, en)
                named.append(name)
        for name in HOLIDAYS:
            if name not in named:
                self._tell(0, f"没有提到{name}；通知不完整", f"{name} is missing from the notice")
        for day in work:
            if any(day in one.dates for one in off):
                self._tell(0, f"{day} 又放假又上班", f"{day} is both off and work")
