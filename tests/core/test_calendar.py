"""Workdays, days of rest and holidays."""

from datetime import date, timedelta

import pytest

from xiaolaba.core.calendar import Calendar, DayClass

NEW_YEAR = Calendar(
    frozenset({2026}),
    off=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(3)),
    work=frozenset({date(2026, 1, 4)}),
)


@pytest.mark.parametrize(
    ("day", "classes"),
    [
        pytest.param(date(2026, 1, 1), {"restday", "holiday"}, id="a holiday in the week"),
        pytest.param(date(2026, 1, 3), {"restday", "holiday"}, id="a Saturday inside a holiday"),
        pytest.param(date(2026, 1, 4), {"workday"}, id="a Sunday made up for"),
        pytest.param(date(2026, 1, 5), {"workday"}, id="a Monday"),
        pytest.param(date(2026, 1, 10), {"restday"}, id="a Saturday"),
        pytest.param(date(2027, 1, 1), {"workday"}, id="a Friday of a year not published"),
        pytest.param(date(2027, 1, 2), {"restday"}, id="a Saturday of a year not published"),
    ],
)
def test_a_day_is_of_these_classes(day, classes):
    found = {kind for kind in DayClass if NEW_YEAR.matches(kind, day)}

    assert found == classes | {"everyday"}
    assert NEW_YEAR.matches(frozenset({day.weekday()}), day)


def test_entries_of_a_year_that_is_not_listed_do_not_count():
    known = Calendar(frozenset({2026}), off=frozenset({date(2027, 1, 1)}))

    assert known.is_workday(date(2027, 1, 1))
    assert not known.is_holiday(date(2027, 1, 1))
    assert not known.knows(date(2027, 1, 1))
