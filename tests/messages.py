"""One example of everything the programs say to each other."""

from datetime import date

from xiaolaba.core.calendar import Calendar
from xiaolaba.core.ledger import GENESIS, Outcome, Play, Record, link
from xiaolaba.core.message import Manifest
from xiaolaba.core.policy import Blackout, Caps, Policy, Quiet
from xiaolaba.core.timetable.score import Item, Loop, Score, Stagger, Window
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Decibels,
    Instant,
    Language,
    NodeId,
    ProgrammeId,
    RhymeId,
    Samples,
    Seconds,
)
from xiaolaba.core.zone import Zone

CLIP = ClipHash("c" * 64)
GATE = NodeId("gate")
MARKET, CMN, ONE = ProgrammeId("market"), Language("cmn"), RhymeId("one")


def at(second: int) -> Instant:
    return Instant(second * RATE)


def lasting(seconds: int) -> Samples:
    return Samples(seconds * RATE)


ITEM = Item(ONE, CMN, CLIP, lasting(3), lasting(1), date(2027, 1, 1))
UNMADE = Item(RhymeId("two"), Language("yue"), None, lasting(1), lasting(0))
LOOP = Loop(MARKET, (ITEM, UNMADE), lasting(900), lasting(120), Decibels(-6.0))
WINDOW = Window(at(1000), at(4600), 0, 5, date(2026, 11, 22))
SCORE = Score((LOOP,), (WINDOW,), at(9000))
MANIFEST = Manifest(
    "b" * 64,
    at(1000),
    "http://h/clips/",
    Decibels(-3.0),
    Seconds(0.02),
    Stagger((NodeId("a"), NodeId("b")), 1),
)
POLICY = Policy(
    GATE,
    Zone("Asia/Shanghai", (at(0),), (28800,)),
    (Quiet("夜间", 1290, 1890), Quiet("周末", 0, 540, frozenset({5, 6}))),
    (Blackout("高考", at(0), at(60)),),
    Caps(Decibels(-3.0), Seconds(7200.0), None),
    Calendar(frozenset({2026}), frozenset({date(2026, 1, 1)}), frozenset({date(2026, 1, 4)})),
)
PLAY = Play(1_000, MARKET, ONE, CMN, CLIP, Outcome.FINISHED, lasting(3))


def records(count: int, epoch: str = "e") -> list[Record]:
    made: list[Record] = []
    before = GENESIS
    for seq in range(1, count + 1):
        made.append(Record(seq, PLAY, link(before, epoch, seq, PLAY)))
        before = made[-1].link
    return made


URLS_WITHOUT_A_SERVER = (
    "http://10.0.0.5:99999/clips/",
    "http://10.0.0.5:80x/clips/",
    "http://10.0.0.5:0/clips/",
    "http://station..local/clips/",
    "http://[::1/clips/",
    "http://:80/clips/",
    f"http://{'a' * 70}.local/clips/",
)
"""What looks like an address, but names no host and port that can be asked."""
