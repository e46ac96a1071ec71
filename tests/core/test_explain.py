"""Every silence has a reason, and so has every sound."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.builders import (
    CLIPS,
    CONTINUOUS,
    FAR,
    GATE,
    JINXIU,
    RHYMES,
    SATURDAY,
    XINCUN,
    YARD,
    at,
    local,
    programme,
    town,
)
from tests.core.towns import CMN, clip, rhyme
from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.library import Library, library
from xiaolaba.core.policy import Caps
from xiaolaba.core.reason import Reason
from xiaolaba.core.schedule import (
    BlackoutRule,
    Dates,
    PolicyRules,
    Priority,
    QuietRule,
    Selection,
    Silence,
    Together,
    Where,
)
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.speech.approval import Approval, released
from xiaolaba.core.telling.explain import State, explain
from xiaolaba.core.timetable.compile import score_of
from xiaolaba.core.timetable.score import Playing, Silent
from xiaolaba.core.units import RATE, Decibels, NodeId, Seconds
from xiaolaba.core.where import site

SUNDAY = SATURDAY + timedelta(days=1)
NIGHT = tuple(QuietRule("夜间", hours) for hours in at("21:30-07:30"))
NOON = tuple(QuietRule("午休", hours) for hours in at("12:00-14:30"))
EXAM = BlackoutRule("高考", (SATURDAY, 450), (SUNDAY, 1080), Where(tags=frozenset({"near-school"})))
MARKET = replace(programme("market", "07:30-08:30", "17:00-19:00"), name="早市提醒")
RULES = PolicyRules((*NIGHT, *NOON))
PLAIN = town(MARKET, policy=RULES)


def tagged(built):
    places = (replace(JINXIU, tags=frozenset({"near-school"})), XINCUN)
    return replace(built, places=(replace(built.places[0], places=places),))


def with_programmes(*programmes, **changes):
    return replace(PLAIN, programmes=programmes, **changes)


LOUDER = replace(programme("louder", "08:00-09:00", priority=Priority.URGENT), name="紧急宣传")
EMPTY = replace(MARKET, selection="none")
SELECTIONS = {"all": Selection("all"), "none": Selection("none", topics=frozenset())}
EXPIRED = {name: replace(own, expires=SATURDAY - timedelta(days=1)) for name, own in RHYMES.items()}
STAGGERED = replace(
    PLAIN,
    places=(replace(PLAIN.places[0], places=(replace(JINXIU, together=Together.STAGGER), XINCUN)),),
)


@pytest.mark.parametrize(
    ("built", "clock", "code", "words"),
    [
        pytest.param(PLAIN, "07:30:05", "playing", "正在播放“r", id="an item"),
        pytest.param(PLAIN, "07:30:11", "gap", "两条之间的停顿", id="the gap after it"),
        pytest.param(PLAIN, "07:40", "between-rounds", "静到 07:45:00", id="between rounds"),
        pytest.param(
            with_programmes(programme("p", "08:00-08:01", **CONTINUOUS)),
            "08:00:55",
            "tail",
            "播不完下一条",
            id="a tail",
        ),
        pytest.param(PLAIN, "09:00", "no-window", "没有节目的时段", id="no window"),
        pytest.param(PLAIN, "13:00", "quiet-hours", "静音时段“午休”", id="noon"),
        pytest.param(PLAIN, "23:00", "quiet-hours", "静音时段“夜间”", id="night"),
        pytest.param(PLAIN, "03:00", "quiet-hours", "静音时段“夜间”", id="the night before"),
        pytest.param(
            tagged(replace(PLAIN, policy=PolicyRules(NIGHT, (EXAM,)))),
            "08:00",
            "blackout",
            "封禁“高考”",
            id="a blackout",
        ),
        pytest.param(
            replace(PLAIN, policy=PolicyRules(NIGHT, (EXAM,))),
            "07:30:05",
            "playing",
            "r",
            id="a blackout elsewhere",
        ),
        pytest.param(
            replace(PLAIN, silences=(Silence("中考考点", Dates(SATURDAY, SATURDAY)),)),
            "08:00",
            "silence",
            "静音日“中考考点”",
            id="a silence",
        ),
        pytest.param(
            replace(PLAIN, policy=replace(RULES, caps=Caps(daily=Seconds(60.0)))),
            "17:00:05",
            "daily-cap",
            "每日上限 1 分钟",
            id="the daily cap",
        ),
        pytest.param(
            with_programmes(EMPTY, selections=SELECTIONS),
            "08:00",
            "nothing-to-play",
            "没有可播的内容",
            id="nothing selected",
        ),
        pytest.param(
            replace(PLAIN, rhymes=EXPIRED),
            "08:00",
            "nothing-to-play",
            "全部过期",
            id="all expired",
        ),
        pytest.param(STAGGERED, "07:30:05", "playing", "r", id="its own turn"),
        pytest.param(
            STAGGERED, "07:30:15", "others-turn", "轮到邻近点位 jinxiu-yard", id="another's turn"
        ),
        pytest.param(town(policy=RULES), "09:00", "no-window", "没有节目", id="no programme"),
    ],
)
def test_a_moment_is_explained(built, clock, code, words):
    found = explain(built, CLIPS, GATE, local(SATURDAY, clock))

    assert found.code == code
    assert [step.code for step in found.chain if step.decides] == [code]
    assert words in found.decisive.zh
    assert found.decisive.en.isascii() or "'" in found.decisive.en
    assert isinstance(found.sound, Playing) == (code == "playing")


@pytest.mark.parametrize(
    ("built", "clock", "code", "words"),
    [
        pytest.param(PLAIN, "07:40", "window", "“早市提醒”的时段 07:30–08:30", id="in a window"),
        pytest.param(PLAIN, "09:00", "other-hours", "07:30–08:30、17:00–19:00", id="other hours"),
        pytest.param(
            with_programmes(MARKET, LOUDER),
            "08:10",
            "lower-priority",
            "“早市提醒”让位于优先级更高的“紧急宣传”",
            id="a lower priority",
        ),
        pytest.param(
            with_programmes(replace(MARKET, days=DayClass.WORKDAY)),
            "08:00",
            "not-today",
            "只在工作日",
            id="another class of day",
        ),
        pytest.param(
            with_programmes(replace(MARKET, days=frozenset({0, 2}))),
            "08:00",
            "not-today",
            "只在周一、周三",
            id="other weekdays",
        ),
        pytest.param(
            with_programmes(replace(MARKET, exceptions=frozenset({SATURDAY}))),
            "08:00",
            "not-today",
            "2026-11-21 除外",
            id="an exception",
        ),
        pytest.param(
            with_programmes(replace(MARKET, dates=Dates(SUNDAY, SUNDAY))),
            "08:00",
            "not-today",
            "只在 2026-11-22 至 2026-11-22",
            id="other dates",
        ),
        pytest.param(town(), "08:00", "no-programme", "没有节目包括这个点位", id="no programme"),
        pytest.param(
            with_programmes(replace(MARKET, days=DayClass.RESTDAY), calendar=Calendar()),
            "08:00",
            "unknown-year",
            "2026 年的放假安排未录入",
            id="a year that is not published",
        ),
        pytest.param(PLAIN, "08:00", "policy-allows", "允许此刻发声", id="the policy"),
    ],
)
def test_the_chain_tells_besides(built, clock, code, words):
    chain = explain(built, CLIPS, GATE, local(SATURDAY, clock)).chain

    assert [words in step.zh for step in chain if step.code == code] == [True]


def test_a_missing_clip_is_named():
    clips = library(clip(name, CMN, 10 * RATE) for name in ("r1", "r2"))
    built = replace(PLAIN, programmes=(programme("p", "08:00-09:00", **CONTINUOUS),))
    codes = {
        str((found := explain(built, clips, GATE, local(SATURDAY, f"08:00:{s:02}"))).code): found
        for s in range(60)
    }

    assert "轮到“r0”（cmn），音频还没有做好" in codes["missing-clip"].decisive.zh
    assert "playing" in codes


def held(**changes):
    place = site(PLAIN.places, GATE)
    state = State(score_of(PLAIN, CLIPS, place, SATURDAY), node_policy(PLAIN, GATE, SATURDAY))
    return replace(state, **changes)


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        pytest.param(held(policy=None), "no-policy", "没有安全策略", id="no policy"),
        pytest.param(held(clock=False), "clock-untrusted", "时钟不可信", id="no trusted clock"),
        pytest.param(held(score=None), "no-playlist", "没有播放单", id="no playlist"),
        pytest.param(
            held(holds=(Hold(local(SATURDAY, "09:00")), Hold(local(SATURDAY, "08:00")))),
            "hold",
            "静音令：到 2026-11-21 09:00 为止不发声",
            id="a hold",
        ),
        pytest.param(
            held(holds=(Hold(local(SATURDAY, "09:00"), Decibels(-6.0)),)),
            "playing",
            "-6 dB",
            id="a softer hold",
        ),
    ],
)
def test_what_a_node_really_has_is_explained(state, code, words):
    found = explain(PLAIN, CLIPS, GATE, local(SATURDAY, "07:30:05"), state)

    assert found.code == code
    assert words in found.decisive.zh


def test_a_hold_is_in_force_from_when_it_was_given_until_its_time_and_what_is_next_comes_after():
    hold = Hold(local(SATURDAY, "08:10"), None, local(SATURDAY, "07:40"))

    def explained(clock):
        return explain(PLAIN, CLIPS, GATE, local(SATURDAY, clock), holds=(hold,))

    codes = [explained(clock).code for clock in ("07:30:05", "07:45:05", "08:15:05")]
    assert codes == ["playing", "hold", "playing"]
    assert explained("07:45:05").next[0] == local(SATURDAY, "08:15")
    assert explain(PLAIN, CLIPS, GATE, local(SATURDAY, "07:45:05")).code == "playing"


def test_a_playlist_that_has_run_out_is_explained():
    short = score_of(PLAIN, CLIPS, site(PLAIN.places, GATE), SATURDAY, 1)
    found = explain(PLAIN, CLIPS, GATE, local(SUNDAY, "10:00"), held(score=short))

    assert found.code == "past-horizon"
    assert found.next is None


@pytest.mark.parametrize(
    ("clock", "day", "then", "sounds"),
    [
        ("07:30:05", SATURDAY, "07:30:10", False),
        ("07:30:10", SATURDAY, "07:30:13", True),
        ("09:00", SATURDAY, "17:00", True),
        ("22:00", SATURDAY, None, True),
    ],
    ids=["the item ends", "the gap ends", "the next window", "the night ends"],
)
def test_the_next_change_is_told(clock, day, then, sounds):
    found = explain(PLAIN, CLIPS, GATE, local(day, clock))

    assert found.next is not None
    when, what = found.next
    assert when == (local(day, then) if then else local(SUNDAY, "07:30"))
    assert isinstance(what, Playing) == sounds


def test_when_nothing_will_sound_there_is_no_next_change():
    assert explain(town(policy=RULES), CLIPS, GATE, local(SATURDAY, "09:00")).next is None


def test_when_no_clip_is_made_the_next_that_would_sound_is_told():
    found = explain(PLAIN, Library(), GATE, local(SATURDAY, "07:00"))

    assert found.next is not None
    when, what = found.next
    assert when == local(SATURDAY, "07:30")
    assert isinstance(what, Silent)
    assert what.reason is Reason.MISSING_CLIP


def test_each_node_is_explained_for_itself():
    built = with_programmes(replace(MARKET, where=Where(frozenset({"xincun"}))))
    t = local(SATURDAY, "07:30:05")

    assert [explain(built, CLIPS, node, t).code for node in (GATE, YARD, FAR)] == [
        "no-window",
        "no-window",
        "playing",
    ]
    with pytest.raises(KeyError):
        explain(built, CLIPS, NodeId("nowhere"), t)


def test_a_rhyme_that_expires_today_still_plays_today():
    rhymes = {name: rhyme(name, CMN, expires=SATURDAY) for name in RHYMES}
    built = replace(PLAIN, rhymes=rhymes)

    assert explain(built, CLIPS, GATE, local(SATURDAY, "07:30:05")).code == "playing"
    assert explain(built, CLIPS, GATE, local(SUNDAY, "07:30:05")).code == "nothing-to-play"


def test_an_experimental_clip_waits_for_a_listener_in_silence_of_its_own_length():
    made = [clip(name, CMN, 10 * RATE) for name in ("r0", "r1", "r2")]
    tried = [replace(made[0], experimental=True), *made[1:]]
    built = replace(PLAIN, programmes=(programme("p", "08:00-09:00", **CONTINUOUS),))

    def codes(approvals):
        clips = released(library(tried), approvals)
        moments = (local(SATURDAY, f"08:00:{s:02}") for s in range(60))
        return [str(explain(built, clips, GATE, t).code) for t in moments]

    approved = codes([Approval(tried[0].rhyme, CMN, tried[0].hash, "朗读者", 1)])

    assert "unapproved" in codes([])
    assert "unapproved" not in approved
    assert [code.replace("unapproved", "playing") for code in codes([])] == approved
