"""What each step of an explanation says to people: Chinese first, then English."""

from dataclasses import dataclass
from datetime import date

from xiaolaba.core.calendar import DayClass, Days
from xiaolaba.core.policy import MINUTES_A_DAY, Policy
from xiaolaba.core.reason import Reason, Remark
from xiaolaba.core.schedule import Hours, Programme, Silence, Town
from xiaolaba.core.timetable.score import Item, Playing, Silent, Sound
from xiaolaba.core.timetable.windows import Piece
from xiaolaba.core.units import Decibels, Instant
from xiaolaba.core.zone import Zone


@dataclass(frozen=True, slots=True)
class Step:
    """One rule's word: a code for machines, a sentence for people, and whether it decides."""

    code: Reason | Remark
    zh: str
    en: str
    decides: bool = False


def policy(reason: Reason | None, name: str) -> Step:
    """Say what the safety policy says."""
    match reason:
        case None:
            return Step(Remark.ALLOWED, "安全策略允许此刻发声", "the policy allows sound now")
        case Reason.QUIET:
            zh = f"静音时段“{name}”：安全策略禁止发声"
            return Step(reason, zh, f"quiet hours '{name}': the policy forbids sound")
        case Reason.BLACKOUT:
            zh = f"封禁“{name}”：安全策略禁止发声"
            return Step(reason, zh, f"blackout '{name}': the policy forbids sound")
        case _:
            return Step(reason, "没有安全策略：一律不发声", "no policy: no sound at all")


def clock() -> Step:
    """Say that the node does not know what time it is."""
    zh = "时钟不可信：没有可信的时间，一律不发声"
    return Step(Reason.CLOCK, zh, "the clock is not trusted: no sound without a trusted time")


def hold(zone: Zone, until: Instant, level: Decibels | None) -> Step:
    """Say that a hold is in force."""
    shown = _moment(zone, until)
    if level is None:
        return Step(Reason.HOLD, f"静音令：到 {shown} 为止不发声", f"hold: silent until {shown}")
    zh = f"静音令：到 {shown} 为止音量 {level:+g} dB"
    return Step(Reason.HOLD, zh, f"hold: {level:+g} dB until {shown}")


def silence(rule: Silence) -> Step:
    """Say that operators asked for silence."""
    span = f"{rule.dates.first} – {rule.dates.last}"
    return Step(Reason.SILENCE, f"静音日“{rule.name}”（{span}）", f"silence '{rule.name}' ({span})")


def no_programme() -> Step:
    """Say that nothing is meant for the node."""
    return Step(Remark.NO_PROGRAMME, "没有节目包括这个点位", "no programme includes this node")


def window(zone: Zone, programme: Programme, piece: Piece) -> Step:
    """Say in whose window we are."""
    span = f"{_clock(zone, piece.start)}–{_clock(zone, piece.end)}"
    zh = f"节目“{programme.name}”的时段 {span}"
    return Step(Remark.WINDOW, zh, f"window {span} of programme '{programme.id}'")


def lower_priority(programme: Programme, winner: Programme) -> Step:
    """Say who gives way to whom."""
    return Step(
        Remark.LOWER_PRIORITY,
        f"节目“{programme.name}”让位于优先级更高的“{winner.name}”",
        f"programme '{programme.id}' gives way to '{winner.id}', which has a higher priority",
    )


def other_hours(programme: Programme) -> Step:
    """Say at which hours a programme sounds today."""
    hours = "、".join(f"{_minutes(own.start)}–{_minutes(own.end)}" for own in _sorted(programme))
    zh = f"节目“{programme.name}”今天的时段是 {hours}"
    return Step(Remark.OTHER_HOURS, zh, f"programme '{programme.id}' is at {hours} today")


def not_today(programme: Programme, day: date) -> Step:
    """Say why a programme has no window today."""
    name, dates = programme.name, programme.dates
    if dates is not None and day not in dates:
        zh, en = f"只在 {dates.first} 至 {dates.last}", f"only {dates.first} to {dates.last}"
    elif day in programme.exceptions:
        zh, en = f"{day} 除外", f"except {day}"
    else:
        zh, en = _days(programme.days)
    return Step(
        Remark.NOT_TODAY, f"节目“{name}”今天不播：{zh}", f"programme '{programme.id}': {en}"
    )


def unknown_year(year: int) -> Step:
    """Say that a year's holidays are not known, and what is assumed."""
    return Step(
        Remark.UNKNOWN_YEAR,
        f"{year} 年的放假安排未录入：暂按周一至周五为工作日、没有节假日",
        f"the holidays of {year} are not listed: Mon-Fri count as workdays, no day as a holiday",
    )


_TURNS: dict[Reason, tuple[str, str]] = {
    Reason.GAP: ("两条之间的停顿", "the gap after an item"),
    Reason.TAIL: ("剩下的时间播不完下一条", "the next item does not fit into what is left"),
    Reason.NO_PLAYLIST: ("没有播放单", "there is no playlist"),
    Reason.NO_WINDOW: ("此刻没有节目的时段", "no programme has a window now"),
    Reason.NOTHING_TO_PLAY: (
        "节目里没有可播的内容（未选中任何顺口溜，或已全部过期）",
        "the programme has nothing to play (nothing selected, or all expired)",
    ),
    Reason.HORIZON: ("播放单已到期，等待新的", "the playlist has run out"),
}


def turn(town: Town, sound: Sound, code: Reason | Remark, limits: Policy | None) -> Step:
    """Say what the score has at this moment."""
    if isinstance(sound, Playing):
        return _playing(town, sound)
    if code is Reason.OTHERS_TURN:
        return Step(code, f"轮到邻近点位 {sound.whose}", f"it is the turn of {sound.whose}")
    if code is Reason.MISSING_CLIP and sound.item is not None:
        name = f"{sound.item.rhyme}”（{sound.item.language}）"
        en = f"the clip of '{sound.item.rhyme}' ({sound.item.language}) is not made yet"
        return Step(code, f"轮到“{name}，音频还没有做好", en)
    if code is Reason.UNAPPROVED and sound.item is not None:
        return _unapproved(sound.item)
    if code is Reason.BETWEEN_ROUNDS:
        return _between_rounds(town, sound)
    if code is Reason.DAILY_CAP:
        minutes = (limits.caps.daily if limits is not None else None) or 0.0
        zh = f"今天已播满每日上限 {minutes / 60:g} 分钟，到午夜为止不再播"
        return Step(code, zh, f"the daily cap of {minutes / 60:g} min is reached until midnight")
    zh, en = _TURNS[Reason(code)]
    return Step(code, zh, en)


def _playing(town: Town, sound: Playing) -> Step:
    item, shown = sound.item, _clock(town.zone, sound.start, seconds=True)
    zh = f"正在播放“{item.rhyme}”（{item.language}），{shown} 开始，{sound.level:g} dB"
    en = f"playing '{item.rhyme}' ({item.language}) since {shown} at {sound.level:g} dB"
    return Step(Remark.PLAYING, zh, en)


def _unapproved(item: Item) -> Step:
    zh = (
        f"轮到“{item.rhyme}”（{item.language}），实验音频还没有人听过认可："
        f"xiaolaba rhyme approve {item.rhyme} --language {item.language}"
    )
    en = f"the experimental clip of '{item.rhyme}' ({item.language}) waits for a listener's word"
    return Step(Reason.UNAPPROVED, zh, en)


def _between_rounds(town: Town, sound: Silent) -> Step:
    shown = _clock(town.zone, sound.until, seconds=True)
    zh, en = f"本轮已播完，静到 {shown}", f"this round is over, silent until {shown}"
    return Step(Reason.BETWEEN_ROUNDS, zh, en)


_DAYS = {
    DayClass.EVERYDAY: ("每天", "every day"),
    DayClass.WORKDAY: ("只在工作日", "on workdays only"),
    DayClass.RESTDAY: ("只在休息日", "on days of rest only"),
    DayClass.HOLIDAY: ("只在节假日", "on holidays only"),
}


def _days(days: Days) -> tuple[str, str]:
    if isinstance(days, DayClass):
        return _DAYS[days]
    zh = "、".join("周" + "一二三四五六日"[day] for day in sorted(days))
    en = ", ".join(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day] for day in sorted(days))
    return f"只在{zh}", f"on {en} only"


def _sorted(programme: Programme) -> list[Hours]:
    return sorted(programme.at, key=lambda hours: hours.start)


def _minutes(minutes: int) -> str:
    shown = minutes if minutes == MINUTES_A_DAY else minutes % MINUTES_A_DAY
    return f"{shown // 60:02}:{shown % 60:02}"


def _clock(zone: Zone, t: int, *, seconds: bool = False) -> str:
    return zone.local(Instant(t)).strftime("%H:%M:%S" if seconds else "%H:%M")


def _moment(zone: Zone, t: Instant) -> str:
    return zone.local(t).strftime("%Y-%m-%d %H:%M")
