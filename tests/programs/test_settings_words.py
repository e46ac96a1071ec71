"""Times, dates, durations and levels are read strictly, and full-width writing is explained."""

import re
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaolaba.core.schedule import Dates, Hours
from xiaolaba.settings import day_names, times, words
from xiaolaba.settings.words import Wrong, read


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (times.time_of_day, "7:30", 450),
        (times.time_of_day, "00:00", 0),
        (times.end_of_day, "24:00", 1440),
        (times.hours, "07:30-08:30", Hours(450, 510)),
        (times.hours, "22:00-02:00", Hours(1320, 1560)),
        (times.hours, "22:00-00:00", Hours(1320, 1440)),
        (times.hours, "00:00-24:00", Hours(0, 1440)),
        (times.day, "2028-02-29", date(2028, 2, 29)),
        (times.dates, "2026-01-01", Dates(date(2026, 1, 1), date(2026, 1, 1))),
        (times.dates, "2026-01-01..2026-01-03", Dates(date(2026, 1, 1), date(2026, 1, 3))),
        (times.moment, "2027-06-07 7:30", (date(2027, 6, 7), 450)),
        (times.moment, "2027-06-07T07:30", (date(2027, 6, 7), 450)),
        (times.end_moment, "2027-06-07 24:00", (date(2027, 6, 7), 1440)),
        (words.duration(0, 86_400), "15min", 900.0),
        (words.duration(0, 86_400), "1.5 h", 5400.0),
        (words.duration(0, 86_400), "250ms", 0.25),
        (words.level, "-6dB", -6.0),
        (words.level, "0dB", 0.0),
        (words.size, "2GB", 2_000_000_000),
        (words.identifier, "9-jinxiu", "9-jinxiu"),
        (words.language, "cmn", "cmn"),
        (words.language, "zh-Hant-HK", "zh-Hant-HK"),
    ],
)
def test_what_operators_write_is_read(parse, text, value):
    assert read(parse, text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (times.time_of_day, "24:00"),
        (times.time_of_day, "25:00"),
        (times.time_of_day, "12:60"),
        (times.time_of_day, "730"),
        (times.time_of_day, "07:30:00"),
        (times.end_of_day, "24:01"),
        (times.hours, "08:00-08:00"),
        (times.hours, "08:00"),
        (times.hours, "08:00-"),
        (times.day, "2027-02-29"),
        (times.day, "2026-1-1"),
        (times.day, "9000-01-01"),
        (times.day, "0000-01-01"),
        (times.dates, "2026-01-03..2026-01-01"),
        (times.dates, "2026-01-01.."),
        (times.moment, "2027-06-07"),
        (words.duration(0, 86_400), "15"),
        (words.duration(0, 86_400), "15m"),
        (words.duration(0, 86_400), "-1s"),
        (words.duration(0, 86_400), "25h"),
        (words.duration(0, 86_400), "999999999999s"),
        (words.level, "3dB"),
        (words.level, "-6"),
        (words.level, "-61dB"),
        (words.size, "1MB"),
        (words.identifier, ""),
        (words.identifier, "-a"),
        (words.identifier, "a" * 33),
        (words.identifier, "é"),
        (words.language, "Chinese"),
    ],
)
def test_what_cannot_be_meant_is_refused(parse, text):
    with pytest.raises(Wrong):
        read(parse, text)


@pytest.mark.parametrize(
    ("parse", "text", "half"),
    [
        (times.hours, "０７：３０－０８：３０", "07:30-08:30"),
        (times.hours, "“07:30-08:30”", "07:30-08:30"),
        (times.hours, "07:30—08:30", "07:30-08:30"),
        (words.duration(0, 86_400), "１５min", "15min"),
        (words.level, "−6dB", "-6dB"),
        (times.day, "２０２６-01-01", "2026-01-01"),
    ],
    ids=["digits and signs", "Chinese quotes", "a dash", "a duration", "a minus", "a date"],
)
def test_full_width_writing_is_told_with_what_to_write(parse, text, half):
    with pytest.raises(Wrong, match=f"write '{half}'"):
        read(parse, text)


A_FORTNIGHT = "2027-02-01..2027-02-16"


@pytest.mark.parametrize(
    ("parse", "text", "meant"),
    [
        *(
            (times.dates, f"2027-02-01{between}2027-02-16", A_FORTNIGHT)
            for between in ("~", "～", "至", " 到 ", "…", "……", " - ", "-", "—", "...")
        ),
        (times.dates, "2027年2月1日至2月16日", A_FORTNIGHT),
        (times.dates, "2027/2/1..2027/2/16", A_FORTNIGHT),
        (times.dates, "2026年12月30日至1月2日", "2026-12-30..2027-01-02"),
        (times.dates, "2027年12月30日至2月29日", "2027-12-30..2028-02-29"),
        *(
            (times.day, text, "2026-01-02")
            for text in ("2026/01/02", "2026-1-2", "2026.1.2", "2026年1月2日", "20260102")
        ),
        *(
            (times.time_of_day, text, "07:30")
            for text in ("7.30", "7点30分", "7点30", "0730", "730")
        ),
        (times.time_of_day, "7点", "07:00"),
        *(
            (times.hours, f"7:30{between}8:30", "07:30-08:30")
            for between in ("~", "至", " 到 ", "..")
        ),
        (times.hours, "7点半-8.30", "07:30-08:30"),
        (times.hours, "7点30分-8点30分", "07:30-08:30"),
        (times.hours, "22:00~24:00", "22:00-24:00"),
        (words.duration(0, 86_400), "1h30min", "90min"),
        (words.duration(0, 86_400), "1小时30分", "90min"),
        (words.duration(0, 86_400), "2小时", "2h"),
        (words.duration(0, 86_400), "半小时", "30min"),
        (words.duration(0, 86_400), "15m", "15min"),
        (words.duration(0, 86_400), "1.5 分钟", "90s"),
        (words.language, "粤语", "yue"),
        (words.language, "普通话", "cmn"),
        (words.language, "CMN", "cmn"),
    ],
)
def test_what_is_said_in_another_way_is_told_as_it_is_written_here(parse, text, meant):
    with pytest.raises(Wrong) as caught:
        read(parse, text)

    assert caught.value.zh.endswith(f"请写 {meant}")
    assert caught.value.en.endswith(f"write {meant}")
    read(parse, meant)


@pytest.mark.parametrize(
    "text", ["2027-02-30..2027-03-01", "9000-01-01..9000-01-02", "2027-02-30~2027-03-01", "春节"]
)
def test_no_days_are_proposed_that_would_be_refused(text):
    with pytest.raises(Wrong) as caught:
        read(times.dates, text)

    assert "write 2027" not in caught.value.en
    assert "write 9000" not in caught.value.en


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (times.dates, "2027年2月16日至2027年2月1日"),
        (times.dates, "2099年12月30日至1月2日"),
        (times.hours, "7点~7点"),
        (times.hours, "7点-7点"),
    ],
)
def test_no_range_is_proposed_that_would_be_refused(parse, text):
    with pytest.raises(Wrong) as caught:
        read(parse, text)

    assert not re.search(r"write (\d+-\d+-\d+\.\.|\d+:\d+-)", caught.value.en)


def test_who_writes_no_date_is_shown_a_day_and_a_range_of_days():
    with pytest.raises(Wrong, match=r"write 2026-01-01, or a range 2026-01-01\.\.2026-01-03"):
        read(times.dates, "春节")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *((word, "workday") for word in ("工作日", "上班日", "上班", "weekdays")),
        *((word, "restday") for word in ("休息日", "双休日")),
        *((word, "holiday") for word in ("节假日", "法定节假日", "放假")),
        *((word, "everyday") for word in ("每天", "每日", "天天", "daily")),
        *((word, "[sat, sun]") for word in ("周末", "周六日", "weekend")),
        *((word, "mon") for word in ("周一", "星期一", "礼拜一", "Monday", "Mon")),
        *((word, "sun") for word in ("周日", "星期天")),
        *((word, "[mon, tue, wed, thu, fri]") for word in ("周一至周五", "周一到五", "mon-fri")),
        ("周五~周一", "[fri, sat, sun, mon]"),
        ("holidya", "holiday"),
        *((word, "wed") for word in ("wensday", "wendesday", "wednsday")),
        *((word, "tue") for word in ("tusday", "teusday")),
        *((word, "thu") for word in ("thrusday", "thursay")),
        ("satuday", "sat"),
        ("firday", "fri"),
        ("mondy", "mon"),
        ("sundya", "sun"),
        ("wekday", "workday"),
        ("workdya", "workday"),
        ("weekned", "[sat, sun]"),
    ],
)
def test_what_people_call_days_is_told_as_it_is_written_here(said, meant):
    assert day_names.meant(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        *("除夕", "日子", "春节", "考试日", "x", ""),
        *("nonworkday", "never", "offday", "today", "birthday", "schoolday", "day"),
    ],
)
def test_no_day_is_proposed_for_a_word_that_names_none(said):
    assert day_names.meant(said) is None


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_every_range_ends_after_it_starts_and_within_a_day(start, end):
    text = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    try:
        found = times.hours(text)
    except Wrong:
        assert start == end
        return

    assert found.start == start
    assert 0 < found.end - found.start <= 1440
    assert found.end % 1440 == end % 1440


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_a_reader(text):
    """Whatever is written, a reader gives a value or says what is wrong."""
    for parse in (
        times.hours,
        times.dates,
        times.moment,
        words.duration(0, 60),
        words.level,
        words.size,
        words.identifier,
        words.language,
        words.whole(0, 9),
    ):
        with suppress(Wrong):
            read(parse, text)
