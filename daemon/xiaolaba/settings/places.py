"""config/places.yaml as the tree of places with their nodes, and the town's time zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from xiaolaba.core.schedule import MOST_DELAY, Node, Place, Together
from xiaolaba.core.units import Decibels, NodeId, PlaceId, Seconds
from xiaolaba.settings import document, words
from xiaolaba.settings.clauses import shares
from xiaolaba.settings.fields import Log, Record, record, word

ROOT_KEYS = ("timezone", "places")
PLACE_KEYS = ("id", "name", "households", "languages", "tags", "together", "places", "nodes")
NODE_KEYS = ("id", "name", "level", "delay")

_TOGETHER = {how.value: how for how in Together}


def timezone(root: Record) -> ZoneInfo:
    """Return the town's time zone; Asia/Shanghai if none was written."""
    return root.take("timezone", _zone, ZoneInfo("Asia/Shanghai"))


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise words.unknown("时区", "time zone", text, available_timezones()) from None


def places(root: Record) -> tuple[Place, ...]:
    """Return the places at the top of the tree."""
    root.require("places")
    return root.each("places", _place, empty=False)


def _place(node: document.Node, log: Log) -> Place:
    """Return one branch; the document's depth limit bounds the recursion."""
    row = record(node, log, *PLACE_KEYS)
    name = row.need("id", words.identifier, "")
    return Place(
        PlaceId(name),
        row.take("name", words.words, name),
        row.each("places", _place),
        row.each("nodes", _node),
        row.take("households", words.whole(0, 1_000_000), None),
        shares(row),
        frozenset(row.each("tags", word(words.identifier, ""))),
        row.take("together", words.one_of(_TOGETHER), Together.UNISON),
    )


def _node(node: document.Node, log: Log) -> Node:
    row = record(node, log, *NODE_KEYS)
    name = row.need("id", words.identifier, "")
    return Node(
        NodeId(name),
        row.take("name", words.words, name),
        row.take("level", words.level, Decibels(0.0)),
        row.take("delay", words.duration(0, MOST_DELAY), Seconds(0.0)),
    )
