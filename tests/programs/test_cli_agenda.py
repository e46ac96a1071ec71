"""`xiaolaba plan --ics` writes calendars that another program reads as they are meant."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import icalendar

from xiaolaba.cli import main
from xiaolaba.cli.schedules.agenda import escaped, fold, render
from xiaolaba.cli.schedules.views import view_of
from xiaolaba.core.library import Library
from xiaolaba.core.units import NodeId
from xiaolaba.core.where import site
from xiaolaba.settings import load_town

TOWN = Path("tests/data/town")
FOLDERS = [
    *("--config", str(TOWN), "--rhymes", str(TOWN / "rhymes"), "--clips", "tests/data"),
    *("--lengths", str(TOWN / "lengths.json")),
]
MONDAY = ("--from", "2026-11-30")


def events(path: Path) -> list[icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    assert calendar.errors == []
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    return [event for event in calendar.walk("VEVENT") if isinstance(event, icalendar.Event)]


def utc(moment: date) -> datetime:
    assert isinstance(moment, datetime)
    return moment.astimezone(UTC)


def test_a_calendar_app_reads_the_windows_with_their_zone(tmp_path, capsys):
    path = tmp_path / "gate.ics"
    assert main(["plan", "--node", "gate", "--ics", str(path), *FOLDERS, *MONDAY]) == 0
    assert main(["plan", "--node", "gate", "--json", *FOLDERS, *MONDAY]) == 0
    windows = json.loads(capsys.readouterr().out)["windows"]

    found = events(path)

    assert [(utc(e.start), utc(e.end), str(e["SUMMARY"])) for e in found] == [
        (datetime.fromisoformat(w["start"]), datetime.fromisoformat(w["end"]), w["name"])
        for w in windows
    ]
    assert found[0].start.isoformat() == "2026-11-30T07:30:00+08:00"
    assert str(found[0]["LOCATION"]) == "城南镇 › 锦绣花园 › 东门（gate）"


def test_a_calendar_made_anew_has_the_same_uids_and_each_once(tmp_path):
    paths = [tmp_path / "one.ics", tmp_path / "two.ics"]
    for path in paths:
        assert main(["plan", "--ics", str(path), *FOLDERS, *MONDAY]) == 0

    one, two = ([str(event["UID"]) for event in events(path)] for path in paths)

    assert one == two
    assert len(set(one)) == len(one) > 30


def test_lines_are_folded_between_characters_at_75_octets(tmp_path):
    path = tmp_path / "all.ics"
    main(["plan", "--ics", str(path), *FOLDERS, *MONDAY])

    lines = path.read_bytes().split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= 75
    for line in lines:
        assert line.decode("utf-8")
        assert b"\n" not in line
    assert "".join(fold("x" * 200)).replace(" ", "") == "x" * 200
    assert escaped("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne"


def test_summer_time_is_told_and_a_doubled_hour_stands_in_utc(tmp_path):
    folder = Path(shutil.copytree(TOWN, tmp_path / "town"))
    for name, change in (
        ("places.yaml", lambda text: text.replace("Asia/Shanghai", "Europe/Berlin")),
        ("policy.yaml", lambda text: "quiet: []\n"),
        ("schedule.yaml", lambda text: text.replace('"07:30-08:30"', '"02:15-02:45"')),
    ):
        path = folder / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    first = date(2026, 10, 24)
    town, _ = load_town(folder, TOWN / "rhymes", first, applied=True)
    gate = view_of(town, Library(), site(town.places, NodeId("gate")), first, 4)

    calendar = icalendar.Calendar.from_ical(render([gate], datetime(2026, 10, 1, tzinfo=UTC)))

    assert isinstance(calendar, icalendar.Calendar)
    kinds = [part.name for part in calendar.walk("VTIMEZONE")[0].subcomponents]
    assert kinds[:3] == ["DAYLIGHT", "STANDARD", "DAYLIGHT"]
    begins = [e.start for e in calendar.walk("VEVENT") if isinstance(e, icalendar.Event)]
    for window, begin in zip(gate.score.windows, begins, strict=True):
        assert round(utc(begin).timestamp() * 48_000) == window.start
