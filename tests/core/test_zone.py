"""The offset table against zoneinfo."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.towns import TABLES
from xiaolaba.core.units import RATE, Instant, instant

DAYS = st.integers(0, 1000).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@given(st.sampled_from(sorted(TABLES)), st.integers(1_767_225_600, 1_850_000_000))
def test_the_clock_shows_what_zoneinfo_says(name, seconds):
    expected = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(name))

    assert TABLES[name].local(Instant(seconds * RATE)) == expected.replace(tzinfo=None)


@given(st.sampled_from(sorted(TABLES)), DAYS, st.integers(0, 2880))
def test_a_local_time_is_the_first_moment_that_shows_it_or_later(name, day, minutes):
    table = TABLES[name]
    t = table.instant(day, minutes)
    wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001

    assert table.local(t) >= wanted
    assert all(table.local(Instant(t - n * 900 * RATE)) < wanted for n in range(1, 12))


@given(st.sampled_from(sorted(TABLES)), DAYS, st.integers(0, 1440), st.integers(1, 600))
def test_a_span_by_the_clock_shown_holds_exactly_the_minutes_that_show_it(name, day, start, size):
    table = TABLES[name]
    spans = table.showing((day, start), (day, start + size))
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    begin, end = (midnight + timedelta(minutes=n) for n in (start, start + size))

    for n in range(-240, start + size + 240, 5):
        t = Instant(table.instant(day) + n * 60 * RATE)
        within = any(since <= t < until for since, until in spans)
        assert within == (begin <= table.local(t) < end)


@pytest.mark.parametrize(
    ("day", "minutes", "utc"),
    [
        pytest.param(date(2026, 3, 29), 150, "2026-03-29 01:00", id="leapt over in spring"),
        pytest.param(date(2026, 10, 25), 150, "2026-10-25 00:30", id="the first pass in autumn"),
        pytest.param(date(2026, 10, 25), 180, "2026-10-25 02:00", id="shown once in autumn"),
    ],
)
def test_in_berlin_a_local_time_is(day, minutes, utc):
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert TABLES["Europe/Berlin"].instant(day, minutes) == instant(expected)
