"""Which days are workdays, days of rest and holidays; unknown years are said to be unknown.

A calendar holds what the State Council published: days off and make-up
workdays (补班), year by year. In a year that is not listed Monday to Friday
count as workdays and nothing as a holiday, and the caller is expected to say
so (`Calendar.knows`).
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DayClass(StrEnum):
    """A named kind of day."""

    EVERYDAY = "everyday"
    WORKDAY = "workday"
    RESTDAY = "restday"
    HOLIDAY = "holiday"


Days = DayClass | frozenset[int]
"""A kind of day, or weekdays that never move (0 = Monday)."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The published years, their days off and their make-up workdays."""

    years: frozenset[int] = field(default_factory=frozenset)
    off: frozenset[date] = field(default_factory=frozenset)
    work: frozenset[date] = field(default_factory=frozenset)

    def knows(self, day: date) -> bool:
        """Return whether the day's year is published."""
        return day.year in self.years

    def is_holiday(self, day: date) -> bool:
        """Return whether the day lies inside a published 放假 span."""
        return self.knows(day) and day in self.off

    def is_workday(self, day: date) -> bool:
        """Return whether offices work that day."""
        if self.knows(day) and day in self.off:
            return False
        if self.knows(day) and day in self.work:
            return True
        return day.weekday() < 5

    def matches(self, days: Days, day: date) -> bool:
        """Return whether `day` is one of `days`."""
        match days:
            case DayClass.EVERYDAY:
                return True
            case DayClass.WORKDAY:
                return self.is_workday(day)
            case DayClass.RESTDAY:
                return not self.is_workday(day)
            case DayClass.HOLIDAY:
                return self.is_holiday(day)
            case weekdays:
                return day.weekday() in weekdays
