"""Three notices that were really published before exams hold at the node, sentence by sentence.

Each is a configuration under `tests/data/exams/`: Hefei's police and the town
of Dongtai, and a district with three runs of days, all 2025. The programme
there never stops, so that what is silent is the policy's doing alone.
"""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.core.towns import CMN, clip
from xiaolaba.core.library import library
from xiaolaba.core.sounding.interlock import verdict
from xiaolaba.core.sounding.node_policy import policy_at
from xiaolaba.core.telling.airtime import planned
from xiaolaba.core.timetable.compile import score_of
from xiaolaba.core.units import RATE, NodeId, RhymeId
from xiaolaba.core.where import site
from xiaolaba.settings import load_town

EXAMS = Path("tests/data/exams")
FIRST, DAYS = date(2025, 5, 30), 40
CLIPS = library(clip(RhymeId(name), CMN, 240 * RATE) for name in ("brush", "pension"))


class At:
    """One node of one notice: its interlock and its planned items."""

    def __init__(self, notice: str, node: str = "gate") -> None:
        self.town, _ = load_town(EXAMS / notice, Path("tests/data/rhymes"), FIRST)
        where = site(self.town.places, NodeId(node))
        self.policy = policy_at(self.town, where, FIRST, DAYS)
        self.score = score_of(self.town, CLIPS, where, FIRST, DAYS)

    def silent(self, shown: datetime) -> bool:
        """Return whether the interlock forbids the minute that the clock shows."""
        minutes = shown.hour * 60 + shown.minute
        return (
            verdict(self.policy, self.town.zone.instant(shown.date(), minutes)).reason is not None
        )

    def hours(self, day: str) -> str:
        """Return the hours of a day in June or July in which it may sound."""
        begin = datetime.strptime(f"2025-{day}", "%Y-%m-%d")  # noqa: DTZ007  # the clock shown
        minutes = [begin + timedelta(minutes=n) for n in range(1440)]
        spans: list[list[datetime]] = []
        for shown in minutes:
            if self.silent(shown):
                continue
            if not spans or spans[-1][1] != shown:
                spans.append([shown, shown])
            spans[-1][1] = shown + timedelta(minutes=1)
        return " ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in spans)


@cache
def node_at(notice: str, node: str) -> At:
    return At(notice, node)


@pytest.mark.parametrize(
    ("notice", "node", "day", "hours"),
    [
        pytest.param("hefei", "gate", "06-03", "00:00-00:00", id="Hefei: the day before"),
        pytest.param("hefei", "gate", "06-05", "06:00-12:00 14:00-22:00", id="Hefei: at home"),
        pytest.param("hefei", "gate", "06-07", "06:00-12:00 14:00-22:00", id="Hefei: exam, home"),
        pytest.param("hefei", "school-gate", "06-06", "06:00-12:00 14:00-22:00", id="Hefei: eve"),
        pytest.param("hefei", "school-gate", "06-07", "06:00-08:00 18:30-22:00", id="Hefei: exam"),
        pytest.param("hefei", "school-gate", "06-09", "06:00-08:00 18:30-22:00", id="Hefei: last"),
        pytest.param("hefei", "school-gate", "06-10", "06:00-12:00 14:00-22:00", id="Hefei: after"),
        pytest.param("hefei", "school-gate", "06-14", "06:00-08:00 18:30-22:00", id="Hefei: 中考"),
        pytest.param("hefei", "gate", "06-16", "06:00-12:00 14:00-22:00", id="Hefei: last day"),
        pytest.param("hefei", "gate", "06-17", "06:00-00:00", id="Hefei: its last night ends"),
        pytest.param("hefei", "shop-front", "06-12", "", id="Hefei: no horns at shops"),
        pytest.param("hefei", "shop-front", "06-17", "06:00-00:00", id="Hefei: horns again"),
        pytest.param("district", "gate", "05-31", "00:00-00:00", id="district: before"),
        pytest.param("district", "gate", "06-01", "00:00-12:00 14:00-21:30", id="district: begins"),
        pytest.param("district", "gate", "06-06", "07:00-12:00 14:00-21:30", id="district: eve"),
        pytest.param("district", "gate", "06-07", "", id="district: 高考 first"),
        pytest.param("district", "gate", "06-09", "", id="district: 高考 last"),
        pytest.param("district", "gate", "06-10", "00:00-00:00", id="district: between"),
        pytest.param(
            "district", "gate", "06-19", "07:00-12:00 14:00-21:30", id="district: 中考 eve"
        ),
        pytest.param("district", "gate", "06-21", "", id="district: 中考"),
        pytest.param("district", "gate", "07-03", "07:00-12:00 14:00-21:30", id="district: July"),
        pytest.param("district", "gate", "07-04", "07:00-07:30", id="district: half past seven"),
        pytest.param("district", "gate", "07-05", "", id="district: the middle day"),
        pytest.param("district", "gate", "07-06", "17:30-00:00", id="district: until 17:30"),
        pytest.param("dongtai", "gate", "05-31", "00:00-00:00", id="Dongtai: before"),
        pytest.param("dongtai", "gate", "06-01", "00:00-20:00", id="Dongtai: the first night"),
        pytest.param("dongtai", "gate", "06-10", "06:00-20:00", id="Dongtai: between"),
        pytest.param("dongtai", "gate", "06-18", "06:00-20:00", id="Dongtai: the last night"),
        pytest.param("dongtai", "gate", "06-19", "06:00-00:00", id="Dongtai: its last morning"),
    ],
)
def test_a_sentence_holds_at_the_node(notice, node, day, hours):
    assert node_at(notice, node).hours(day) == hours


@pytest.mark.parametrize(
    ("notice", "node"),
    [("hefei", "gate"), ("hefei", "school-gate"), ("district", "gate"), ("dongtai", "gate")],
)
def test_nothing_is_planned_where_a_notice_forbids_it(notice, node):
    at = node_at(notice, node)

    segments = [segment for _, segment in planned(at.score, at.policy)]

    assert len(segments) > 1000
    for segment in segments:
        assert segment.item is not None
        for t in (segment.start, segment.start + segment.item.sound - 1):
            assert verdict(at.policy, type(segment.start)(t)).reason is None
