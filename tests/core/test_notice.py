"""The yearly notice of days off is read to the last clause, or refused with the place."""

from datetime import date
from pathlib import Path

import pytest

from xiaolaba.core.errors import ConfigError
from xiaolaba.core.notice import Year, read_notice

NOTICES = Path("tests/data/notices")
TEXT = (NOTICES / "2026.txt").read_text(encoding="utf-8")


def shown(year: Year) -> list[str]:
    return [f"{one.name} {one.dates.first}..{one.dates.last}" for one in year.off]


def days(year: Year) -> list[str]:
    return [str(day)[5:] for day in year.work]


def told(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_notice(text, "n")
    return [f"{p.line}:{p.column} {p.zh}" for p in caught.value.problems]


def test_the_notice_for_2026_is_read():
    found = read_notice(TEXT, "n")

    assert found.year == 2026
    assert shown(found) == [
        "元旦 2026-01-01..2026-01-03",
        "春节 2026-02-15..2026-02-23",
        "清明节 2026-04-04..2026-04-06",
        "劳动节 2026-05-01..2026-05-05",
        "端午节 2026-06-19..2026-06-21",
        "中秋节 2026-09-25..2026-09-27",
        "国庆节 2026-10-01..2026-10-07",
    ]
    assert days(found) == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def test_two_holidays_in_one_a_day_alone_and_advice_are_read():
    found = read_notice((NOTICES / "2025.txt").read_text(encoding="utf-8"), "n")

    assert shown(found)[0] == "元旦 2025-01-01..2025-01-01"
    assert shown(found)[-1] == "国庆节、中秋节 2025-10-01..2025-10-08"
    assert days(found) == ["01-26", "02-08", "04-27", "09-28", "10-11"]


def test_half_width_signs_and_a_day_off_in_lieu_are_read():
    found = read_notice((NOTICES / "2014.txt").read_text(encoding="utf-8"), "n")

    assert shown(found)[2:4] == ["清明节 2014-04-05..2014-04-05", "清明节 2014-04-07..2014-04-07"]
    assert days(found) == ["01-26", "02-08", "05-04", "09-28", "10-11"]


@pytest.mark.parametrize("year", ["2026", "2025", "2014"])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", ""),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("月", " 月 ").replace("日", " 日"),
        lambda text: text.replace("周", "星期") if "星期" not in text else text,
        lambda text: text.translate({48 + n: 0xFF10 + n for n in range(10)}),
        lambda text: text.replace("至", "—"),
    ],
    ids=[
        "Windows line ends",
        "byte order mark",
        "all in one line",
        "empty lines",
        "spaces",
        "星期",
        "full-width digits",
        "a dash for 至",
    ],
)
def test_what_copying_does_to_a_notice_does_not_matter(year, change):
    text = (NOTICES / f"{year}.txt").read_text(encoding="utf-8")

    assert read_notice(change(text), "n") == read_notice(text, "n")


def test_a_span_may_begin_in_the_year_before():
    text = TEXT.replace(
        "1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班",
        "2025年12月31日（周三）至2026年1月2日放假调休，共3天。2025年12月28日（周日）上班",
    )

    found = read_notice(text, "n")

    assert shown(found)[0] == "元旦 2025-12-31..2026-01-02"
    assert found.work[0] == date(2025, 12, 28)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("4日（周日）上班", "4日（周一）上班", "6:32 2026-01-04 是周日，不是周一"),
        ("共9天", "共8天", "7:45 写的是 8 天，日期却是 9 天"),
        ("1月4日（周日）上班", "1月5日上班", "6:32 2026-01-05 不是周末，不会是补班"),
        ("2月28日", "2月30日", "7:59 没有 2 月 30 日这一天"),
        ("放假，共3天", "左右休息，共3天", "8:9 看不懂“4月4日（周六）至6日（周一）左右休息”"),
        ("六、中秋节", "六、中元节", "11:5 “中元节”不是或已经是一个节日"),
        ("七、国庆节", "七、中秋节", "12:5 “中秋节”不是或已经是一个节日"),
        ("2026年部分", "部分", None),
        ("至23日", "至13日", "7:8 2026-02-15 至 2026-02-13 不对"),
        ("1月1日（周四）至", "1日至", "6:8 “1日”没写月份"),
        (
            "国办发明电〔2025〕7号",
            "12月1日放假",
            "2:1 这里有日期，但看不懂属于哪个节日：12月1日放假",
        ),
        ("5月9日（周六）", "6月20日（周六）", "1:1 2026-06-20 又放假又上班"),
    ],
)
def test_what_is_not_understood_or_not_right_is_refused_with_its_place(before, after, said):
    changed = TEXT.replace(before, after, 1)

    if said is None:
        assert read_notice(changed, "n").year == 2026  # the preface names it too
    else:
        assert said in told(changed)


def test_an_item_that_was_cut_off_is_missed():
    assert "1:1 没有提到国庆节；通知不完整" in told(TEXT[: TEXT.index("七、")])


@pytest.mark.parametrize("text", ["", "\n", "你好", "2027" * 100_000, "一、：" * 20_000])
def test_what_is_no_notice_is_refused(text):
    assert told(text)[0].startswith("1:1 没有找到是哪一年")
