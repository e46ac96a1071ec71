"""Times of day, ranges of hours, days and moments, as operators write them."""

import re
from datetime import date

from xiaolaba.core.policy import MINUTES_A_DAY
from xiaolaba.core.schedule import Dates, Hours
from xiaolaba.settings.words import Wrong, instead

FIRST_YEAR, LAST_YEAR = 2000, 2099

_OTHER_DAY = r"(?:([0-9]{4})[-/.年])?([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
_OTHER_RANGE = re.compile(rf"{_OTHER_DAY}\s*(?:[-~～至到…—–－−]+|\.{{2,}})\s*{_OTHER_DAY}")
_DIGITS = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_OTHER_TIME = re.compile(r"([0-9]{1,2})(?:\.([0-9]{2})|([0-9]{2})|[点时](?:([0-9]{2})分?)?)")
_OTHER_HOURS = re.compile(r"([0-9:.点时分半]+)\s*(?:[-~至到]|\.\.)\s*([0-9:.点时分半]+)")


def time_of_day(text: str, last: int = MINUTES_A_DAY - 1) -> int:
    """Return HH:MM as minutes after midnight; `7:30` is 07:30."""
    found = _TIME.fullmatch(text)
    if not found:
        meant = _other_time(text)
        if meant is not None:
            raise instead(text, "时间", "a time", meant)
        raise Wrong(
            f"'{text}' 不是时间；请写 时:分，例如 07:30", f"'{text}' is not a time; write HH:MM"
        )
    minutes = int(found[1]) * 60 + int(found[2])
    if int(found[2]) > 59 or minutes > MINUTES_A_DAY:
        raise Wrong(f"没有 {text} 这个时间", f"there is no such time as {text}")
    if minutes > last:
        raise Wrong("24:00 只能作结束时间", "24:00 can only be an end")
    return minutes


def _other_time(text: str) -> str | None:
    """Return how 7.30, 0730 or 7点半 is written, or None if it is no time."""
    found = _OTHER_TIME.fullmatch(text.replace("半", "30分"))
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or found[3] or found[4] or 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def end_of_day(text: str) -> int:
    """Return HH:MM as minutes after midnight, 24:00 included."""
    return time_of_day(text, MINUTES_A_DAY)


def hours(text: str) -> Hours:
    """Return `07:30-08:30`; an end before the start lies on the next day."""
    try:
        start, end = _ends(text)
    except Wrong as wrong:
        raise _other_hours(text, wrong) from None
    return span_of(start, end)


def _ends(text: str) -> tuple[int, int]:
    start, dash, end = text.partition("-")
    if not dash:
        raise Wrong(
            f"'{text}' 不是时段；请写 开始-结束，例如 07:30-08:30",
            f"'{text}' is not a range of hours such as 07:30-08:30",
        )
    return time_of_day(start.strip()), end_of_day(end.strip())


def _other_hours(text: str, wrong: Wrong) -> Wrong:
    """Return what to write instead of hours in other words, or what is `wrong` with an end."""
    found = _OTHER_HOURS.fullmatch(text) if len(text) <= 40 else None
    start, end = (_plain(part) for part in found.groups()) if found else (None, None)
    if not start or not end or start in ("24:00", end):
        return wrong
    return instead(text, "时段", "a range of hours", f"{start}-{end}")


def _plain(text: str) -> str | None:
    """Return a time, said in any way, as HH:MM; None if it is none."""
    try:
        minutes = end_of_day(text)
    except Wrong:
        return _other_time(text)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def span_of(start: int, end: int) -> Hours:
    """Return hours from two times of day; equal ones are refused."""
    if start == end:
        raise Wrong(
            "开始和结束相同；整天请写 00:00-24:00",
            "start and end are equal; the whole day is 00:00-24:00",
        )
    return Hours(start, end if end > start else end + MINUTES_A_DAY)


def day(text: str) -> date:
    """Return YYYY-MM-DD."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        other = re.fullmatch(_OTHER_DAY, text) or _DIGITS.fullmatch(text)
        meant = _day_of(*other.groups()) if other else None
        if meant:
            raise instead(text, "日期", "a date", str(meant))
        raise Wrong(
            f"'{text}' 不是日期；请写 年-月-日，例如 2026-01-01",
            f"'{text}' is not a date; write YYYY-MM-DD such as 2026-01-01",
        )
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Wrong(f"没有 {text} 这一天", f"there is no such day as {text}") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Wrong(
            f"年份要在 {FIRST_YEAR} 到 {LAST_YEAR} 之间，不是 {found.year}",
            f"the year must lie from {FIRST_YEAR} to {LAST_YEAR}, not {found.year}",
        )
    return found


def _day_of(year: str | None, month: str, number: str) -> date | None:
    """Return a day that could be written, or None."""
    try:
        found = date(int(year or 0), int(month), int(number))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def dates(text: str) -> Dates:
    """Return one day or `first..last`, both ends included."""
    first, dots, last = text.partition("..")
    try:
        found = Dates(day(first.strip()), day(last.strip() if dots else first.strip()))
    except Wrong as wrong:
        raise _other_dates(text, wrong) from None
    if found.last < found.first:
        raise Wrong(
            f"结束日 {found.last} 在开始日 {found.first} 之前",
            f"ends on {found.last}, before it starts on {found.first}",
        )
    return found


def _other_dates(text: str, wrong: Wrong) -> Wrong:
    """Return what to write instead of a range in other words, or what is `wrong` with a day."""
    found = _OTHER_RANGE.fullmatch(text)
    first = _day_of(*found.groups()[:3]) if found else None
    last = _last_of(first, *found.groups()[3:]) if found and first else None
    if last:
        return instead(text, "一段日期", "a range of days", f"{first}..{last}")
    if re.search("[0-9]", text):
        return wrong
    return Wrong(
        f"'{text}' 不是日期；请写 2026-01-01，一段日期写 2026-01-01..2026-01-03",
        f"'{text}' is not a date; write 2026-01-01, or a range 2026-01-01..2026-01-03",
    )


def _last_of(first: date, year: str | None, month: str, number: str) -> date | None:
    """Return the last day of a range, None if it cannot be; without its year the next such day."""
    years = [year] if year else [str(first.year), str(first.year + 1)]
    days = [_day_of(own, month, number) for own in years]
    return next((last for last in days if last and last >= first), None)


def moment(text: str, last: int = MINUTES_A_DAY - 1) -> tuple[date, int]:
    """Return `YYYY-MM-DD HH:MM` as a local day and minutes after its midnight."""
    parts = re.split(r"[ T]+", text.strip())
    if len(parts) != 2:
        raise Wrong(
            f"'{text}' 不是时刻；请写 日期 时间，例如 2027-06-07 07:30",
            f"'{text}' is not a moment; write a date and a time such as 2027-06-07 07:30",
        )
    return day(parts[0]), time_of_day(parts[1], last)


def end_moment(text: str) -> tuple[date, int]:
    """Return a moment whose time may be 24:00."""
    return moment(text, MINUTES_A_DAY)
