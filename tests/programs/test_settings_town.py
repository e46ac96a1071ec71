"""A configuration folder becomes a town, exactly as written."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from xiaolaba.core.calendar import DayClass
from xiaolaba.core.errors import ConfigError
from xiaolaba.core.policy import Caps
from xiaolaba.core.rhyme import Audience
from xiaolaba.core.schedule import (
    EVERYWHERE,
    BlackoutRule,
    Dates,
    Hours,
    Node,
    Place,
    Priority,
    Programme,
    QuietRule,
    Selection,
    Silence,
    Together,
    Where,
)
from xiaolaba.core.units import Decibels, Language, NodeId, PlaceId, ProgrammeId, RhymeId, Seconds
from xiaolaba.settings import load_rhymes, load_town

TODAY = date(2026, 11, 21)
RHYMES = Path("tests/data/rhymes")
CONFIG = Path("config")


@pytest.fixture
def folder(tmp_path):
    """A copy of the example configuration, to be changed."""
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def told(folder: Path, rhymes: Path = RHYMES) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_town(folder, rhymes, TODAY)
    return [f"{Path(p.file).name}:{p.line}:{p.column} {p.en}" for p in caught.value.problems]


def test_the_example_configuration_is_clean_but_for_the_year_not_yet_published():
    town, warnings = load_town(CONFIG, RHYMES, TODAY)

    assert len(town.programmes) == 4
    assert [warning.en[:29] for warning in warnings] == ["the holidays of 2027 are unkn"]


def test_places_are_read_as_a_tree(folder):
    written(
        folder,
        "places.yaml",
        """
timezone: Asia/Shanghai
places:
  - id: xideng
    name: 西登社区
    places:
      - id: jinxiu
        name: 锦绣花园
        households: 860
        languages: {yue: 50, cmn: 50}
        tags: [near-school, market]
        together: stagger
        nodes:
          - {id: jinxiu-gate, name: 东门, level: -3dB, delay: 20ms}
          - {id: jinxiu-yard}
""",
    )
    written(folder, "schedule.yaml", "programmes: []")

    town, _ = load_town(folder, RHYMES, TODAY)

    gate = Node(NodeId("jinxiu-gate"), "东门", Decibels(-3.0), Seconds(0.02))
    jinxiu = Place(
        PlaceId("jinxiu"),
        "锦绣花园",
        nodes=(gate, Node(NodeId("jinxiu-yard"), "jinxiu-yard")),
        households=860,
        languages=((Language("yue"), 50), (Language("cmn"), 50)),
        tags=frozenset({"near-school", "market"}),
        together=Together.STAGGER,
    )
    assert town.places == (Place(PlaceId("xideng"), "西登社区", (jinxiu,)),)
    assert town.zone.name == "Asia/Shanghai"
    assert town.zone.offsets == (8 * 3600,)


def test_a_schedule_is_read_with_all_its_keys(folder):
    written(
        folder,
        "schedule.yaml",
        """
silence:
  - {name: 中考考点, dates: 2027-06-20..2027-06-22, where: [tag:near-school]}
playlists:
  - id: elderly
    pick: {topics: [保健品], audiences: [elderly]}
    languages: {cmn: 50, yue: 50}
    gap: 5s
  - {id: named, rhymes: [pension, brush]}
programmes:
  - id: morning
    name: 早市提醒
    where: [xideng, "-jinxiu-gate", tag:market, "-tag:near-school"]
    days: workday
    dates: 2026-11-21..2027-02-28
    except: [2027-01-01, 2027-02-01..2027-02-02]
    at: ["9:30-10:30", "17:00-19:00"]
    every: 20min
    round: 90s
    playlist: elderly
    level: -6dB
    priority: campaign
  - {id: plain, where: [hongqi], days: [sun, wed], at: "15:00-16:00", playlist: named}
  - {id: always, where: [huating], at: ["15:00-16:00"], every: continuous, playlist: named}
""",
    )

    town, _ = load_town(folder, RHYMES, TODAY)

    morning, plain, always = town.programmes
    assert morning == Programme(
        id=ProgrammeId("morning"),
        name="早市提醒",
        where=Where(
            frozenset({"xideng"}),
            frozenset({"market"}),
            frozenset({"jinxiu-gate"}),
            frozenset({"near-school"}),
        ),
        at=(Hours(570, 630), Hours(1020, 1140)),
        selection="elderly",
        days=DayClass.WORKDAY,
        dates=Dates(date(2026, 11, 21), date(2027, 2, 28)),
        exceptions=frozenset({date(2027, 1, 1), date(2027, 2, 1), date(2027, 2, 2)}),
        every=Seconds(1200.0),
        round=Seconds(90.0),
        level=Decibels(-6.0),
        priority=Priority.CAMPAIGN,
    )
    assert (plain.days, plain.every, plain.round) == (frozenset({2, 6}), 900.0, None)
    assert (plain.name, plain.priority, plain.level) == ("plain", Priority.NORMAL, 0.0)
    assert (always.every, always.round) == (None, None)
    assert town.selections["elderly"] == Selection(
        "elderly",
        topics=frozenset({"保健品"}),
        audiences=frozenset({Audience.ELDERLY}),
        languages=((Language("cmn"), 50), (Language("yue"), 50)),
        gap=Seconds(5.0),
    )
    assert town.selections["named"].rhymes == (RhymeId("pension"), RhymeId("brush"))
    near_school = Where(tags=frozenset({"near-school"}))
    spans = Dates(date(2027, 6, 20), date(2027, 6, 22))
    assert town.silences == (Silence("中考考点", spans, near_school),)


def test_a_policy_is_read_with_all_its_keys():
    town, _ = load_town(CONFIG, RHYMES, TODAY)

    assert town.policy.quiet == (
        QuietRule("夜间", Hours(1290, 1440 + 450), DayClass.EVERYDAY, EVERYWHERE),
        QuietRule("午休", Hours(720, 870)),
        QuietRule("休息日早晨", Hours(450, 540), DayClass.RESTDAY),
    )
    assert town.policy.blackouts == (
        BlackoutRule(
            "高考",
            (date(2027, 6, 7), 450),
            (date(2027, 6, 9), 1080),
            Where(tags=frozenset({"near-school"})),
        ),
    )
    assert town.policy.caps == Caps(Decibels(-3.0), Seconds(7200.0), Seconds(90.0))


@pytest.mark.parametrize(
    ("day", "holiday", "workday"),
    [
        (date(2026, 2, 14), False, True),
        (date(2026, 2, 15), True, False),
        (date(2026, 2, 23), True, False),
        (date(2026, 2, 24), False, True),
        (date(2026, 10, 3), True, False),
        (date(2026, 10, 10), False, True),
        (date(2026, 11, 21), False, False),
        (date(2027, 1, 1), False, True),
    ],
    ids=[
        "a Saturday made up for",
        "a Sunday inside the holiday",
        "the last day off",
        "the day after",
        "a Saturday inside the holiday",
        "another Saturday made up for",
        "a plain Saturday",
        "New Year in a year that is not published",
    ],
)
def test_the_published_holidays_of_2026_are_known(day, holiday, workday):
    town, _ = load_town(CONFIG, RHYMES, TODAY)

    assert town.calendar.is_holiday(day) is holiday
    assert town.calendar.is_workday(day) is workday


def test_every_example_survives_windows_line_ends_and_a_byte_order_mark(folder):
    plain = load_town(folder, RHYMES, TODAY)[0]
    for path in folder.glob("*.yaml"):
        raw = path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + raw)

    assert load_town(folder, RHYMES, TODAY)[0] == plain


def test_a_file_that_cannot_be_read_hides_no_problem_of_the_others(folder):
    (folder / "places.yaml").unlink()
    (folder / "policy.yaml").write_bytes("quiet: [东门]\n".encode("gbk"))
    written(folder, "schedule.yaml", "programmes: [{id: a, where: [x], at: [1], playlist: y}]\n")

    assert told(folder) == [
        "places.yaml:1:1 no such file",
        "policy.yaml:1:9 not UTF-8 (it looks like GBK); save the file as UTF-8",
        "schedule.yaml:1:39 '1' is not a range of hours such as 07:30-08:30",
    ]


def test_policy_and_holidays_may_be_missing_and_that_is_said(folder):
    (folder / "policy.yaml").unlink()
    (folder / "holidays-cn.yaml").unlink()

    _, warnings = load_town(folder, RHYMES, TODAY)

    assert [warning.en.partition(";")[0] for warning in warnings] == [
        "the holidays of 2026 are unknown",
        "the holidays of 2027 are unknown",
        "no file of published holidays",
        "the policy has no quiet hours",
        "no policy file",
    ]


def test_a_town_without_rhymes_is_told(folder, tmp_path):
    (tmp_path / "empty").mkdir()

    assert told(folder, tmp_path / "empty") == ["empty:1:1 there are no rhymes (*.yaml) here"]


def test_nobody_has_to_read_more_than_two_hundred_errors(folder):
    written(folder, "schedule.yaml", "programmes:\n" + "- {idd: 1}\n" * 20_000)

    problems = told(folder)

    assert len(problems) == 202
    assert problems[-1].endswith("too many errors; the rest was not looked at")


def test_what_time_made_wrong_is_a_warning_in_an_applied_configuration(folder):
    written(
        folder,
        "schedule.yaml",
        "playlists: [{id: all, pick: {}}]\nprogrammes:\n"
        "  - {id: a, where: [chengnan], at: ['09:00-10:00'], playlist: all}\n"
        "  - {id: b, where: [xideng], at: ['09:30-10:30'], playlist: all}\n",
    )

    _, warnings = load_town(folder, RHYMES, TODAY, applied=True)

    assert any("'b' and 'a' have equal priority" in warning.en for warning in warnings)
    with pytest.raises(ConfigError):
        load_town(folder, RHYMES, TODAY)


def test_rhymes_are_read_with_their_readings():
    rhymes = load_rhymes(RHYMES)

    brush = rhymes[RhymeId("brush")]
    assert brush.topic == "刷单返利"
    assert brush.audiences == {Audience.STUDENT, Audience.WORKER}
    assert [reading.language for reading in brush.readings] == ["cmn", "yue"]
    assert brush.readings[1].say == (("刷單", "caat3 daan1"),)


def test_the_shipped_rhymes_are_clean():
    assert len(load_rhymes(Path("audio/rhymes"))) >= 24


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "quiet:\n" + "  - {name: q, from: '21:30', to: '07:30'}\n" * 201,
            "policy.yaml:202:5: 最多 200 项，这里有 201 项",
        ),
        (
            "quiet:\n"
            + "  - {name: q, from: '21:30', to: '07:30', dates: 2027-01-01..2027-04-10}\n" * 11,
            "policy.yaml:2:3: 有日期的静音时段加起来 1100 天，最多 1000 天",
        ),
        (
            "quiet:\n  - {name: q, from: '21:30', to: '07:30', dates: 2027-01-01..2027-05-01}\n",
            "policy.yaml:2:50: 有日期的静音时段最长 100 天",
        ),
    ],
    ids=["too many rules", "too many days together", "too many days"],
)
def test_a_policy_too_long_for_a_node_is_told(text, said, tmp_path):
    folder = Path(shutil.copytree("config", tmp_path / "config"))
    (folder / "policy.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_town(folder, Path("tests/data/rhymes"), date(2026, 11, 21))

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("工作日", "（是不是 'workday'？）"),
        ("[周末]", "（是不是 '[sat, sun]'？）"),
        ("考试日", "或 [mon, …, sun] /"),
    ],
)
def test_a_day_called_otherwise_is_told_with_what_is_meant(days, said, folder):
    written(
        folder,
        "schedule.yaml",
        "playlists: [{id: all, pick: {}}]\nprogrammes:\n"
        f"  - {{id: a, where: [xideng], at: ['09:00-10:00'], days: {days}, playlist: all}}\n",
    )

    with pytest.raises(ConfigError, match="不是日子") as caught:
        load_town(folder, RHYMES, TODAY)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("year", "said"),
    [
        (
            "2026:\n    off: [{name: 国庆节, dates: 2025-10-01..2025-10-07}]",
            "holidays-cn.yaml:3:30 2025-10-01..2025-10-07 is not in 2026",
        ),
        (
            "2026:\n    off: []\n    work: [2026-01-04, 2025-02-08]",
            "holidays-cn.yaml:4:24 2025-02-08 is not in 2026",
        ),
        (
            "2026:\n    work: [2026-12-08]",
            "holidays-cn.yaml:3:12 2026-12-08 is no weekend day to make up",
        ),
        (
            "2026:\n    work: [2026-02-30]",
            "holidays-cn.yaml:3:12 there is no such day as 2026-02-30",
        ),
    ],
    ids=["days off", "a make-up day", "a make-up day on a Tuesday", "no day at all"],
)
def test_a_day_that_its_year_cannot_have_published_is_told_once(year, said, folder):
    written(folder, "holidays-cn.yaml", f"years:\n  {year}\n")

    assert told(folder) == [said]


def test_a_day_of_another_year_in_an_applied_configuration_stops_no_daemon(folder):
    written(folder, "holidays-cn.yaml", "years:\n  2026:\n    work: [2026-12-08]\n")

    _, warnings = load_town(folder, RHYMES, TODAY, applied=True)

    assert "2026-12-08 is no weekend day to make up" in [warning.en for warning in warnings]


def test_a_holiday_may_reach_over_the_end_of_its_year(folder):
    new_year = "off: [{name: 元旦, dates: 2018-12-30..2019-01-01}]"
    written(
        folder, "holidays-cn.yaml", f"years:\n  2019:\n    {new_year}\n    work: [2018-12-29]\n"
    )

    town, _ = load_town(folder, RHYMES, TODAY)

    assert date(2018, 12, 29) in town.calendar.work


FALSE_RHYME = """
rhymes:
  - id: help
    topic: 刷单返利
    readings:
      cmn: "有事打电话12345，民警帮你追回钱。"
      yue: {text: 有事打96110，騙子話可退還。}
"""


@pytest.fixture
def false_rhymes(tmp_path):
    """Rhymes of which one names a false hotline and makes two promises."""
    rhymes = Path(shutil.copytree(RHYMES, tmp_path / "rhymes"))
    return written(rhymes, "false.yaml", FALSE_RHYME)


def test_a_false_hotline_and_a_promise_are_warnings_each_once_at_its_character(false_rhymes):
    _, warnings = load_town(CONFIG, false_rhymes, TODAY)

    facts = [f"{w.line}:{w.column} {w.zh}" for w in warnings if w.file.endswith("false.yaml")]
    assert facts == [
        "6:18 help（cmn）：电话“12345”：只写反诈专线 96110 和报警 110",
        "6:26 help（cmn）：“帮你追回”：不要许诺能追回钱，骗子也这么说",
        "7:31 help（yue）：“可退還”：像是许诺能追回钱；若是骗子的话就不必改",
    ]


def test_what_an_applied_configuration_says_is_not_judged_again(false_rhymes):
    _, warnings = load_town(CONFIG, false_rhymes, TODAY, applied=True)

    assert [w for w in warnings if w.file.endswith("false.yaml")] == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "nodes: [{id:jinxiu-gate, name:东门}]",
            ["4:14 write 'id: jinxiu-gate', with a space", "4:30 write 'name: 东门', with a space"],
        ),
        (
            "languages: {cmn:50, yue:50}",
            ["4:17 write 'cmn: 50', with a space", "4:25 write 'yue: 50', with a space"],
        ),
        ("nodes: [{id：a}]", ["4:14 write 'id: a', with a half-width colon and a space"]),
        (
            "nodes: [{ide: a}]",
            ["4:13 'id' is missing", "4:14 unknown key 'ide' (did you mean 'id'?)"],
        ),
    ],
    ids=["keys", "languages", "a full-width colon", "another slip"],
)
def test_a_colon_without_a_space_is_told_and_nothing_else_about_it(row, said, folder):
    written(folder, "places.yaml", f"places:\n  - id: jinxiu\n    name: 锦绣\n    {row}\n")
    written(folder, "schedule.yaml", "programmes: []\n")
    written(folder, "policy.yaml", "quiet: []\n")

    assert told(folder) == [f"places.yaml:{problem}" for problem in said]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("[西登社区]", "no place has the id '西登社区' (write 'xideng')"),
        ('["-锦绣花园", xideng]', "no place has the id '锦绣花园' (write 'jinxiu')"),
        ("[西登小区]", "no place has the id '西登小区' (did you mean 西登社区, 'xideng'?)"),
        ("[东门]", "no place has the id '东门' (write 'jinxiu-gate')"),
        ("[火车站]", "no place has the id '火车站'"),
        (
            "[Xideng]",
            "'Xideng' is not an id: a-z, 0-9 and '-', a letter or digit first, 32 at most",
        ),
        (
            '["tag:菜场"]',
            "'菜场' is not an id: a-z, 0-9 and '-', a letter or digit first, 32 at most",
        ),
    ],
)
def test_a_place_called_by_its_name_is_told_with_its_id(where, said, folder):
    written(
        folder,
        "schedule.yaml",
        "playlists: [{id: all, pick: {}}]\nprogrammes:\n"
        f"  - {{id: a, where: {where}, at: ['09:00-10:00'], playlist: all}}\n",
    )

    (problem,) = told(folder)

    assert problem.partition(" ")[2] == said


def test_of_several_places_of_one_name_the_ids_are_listed(folder):
    text = (folder / "places.yaml").read_text(encoding="utf-8")
    written(folder, "places.yaml", text.replace("name: 北门", "name: 东门"))
    written(folder, "policy.yaml", 'quiet: [{name: a, from: "21:00", to: "7:00", where: [东门]}]\n')

    assert told(folder) == [
        "policy.yaml:1:54 no place has the id '东门' (write 'jinxiu-gate' or 'huating-north')"
    ]


@pytest.mark.parametrize(
    ("written_so", "said"),
    [
        ("where: 'xideng, donghu'", "write a list: [xideng, donghu]"),
        ("days: sat、sun", "write a list: [sat, sun]"),
        ("at: '7:30-8:30，17:00-19:00'", "write a list: [7:30-8:30, 17:00-19:00]"),
        ("except: '2026-12-31, 2027-01-01'", "write a list: [2026-12-31, 2027-01-01]"),
    ],
)
def test_several_words_in_one_are_told_as_a_list(written_so, said, folder):
    rows = {"where": "[xideng]", "at": "['09:00-10:00']"}
    key, _, value = written_so.partition(": ")
    body = "".join(f"    {k}: {v}\n" for k, v in (rows | {key: value}).items())
    written(
        folder,
        "schedule.yaml",
        f"playlists: [{{id: all, pick: {{}}}}]\nprogrammes:\n  - id: a\n    playlist: all\n{body}",
    )

    (problem,) = told(folder)

    assert problem.partition(" ")[2] == said
