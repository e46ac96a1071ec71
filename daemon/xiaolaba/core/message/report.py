"""What a node says of itself: its state, its health, and events as they happen."""

from dataclasses import asdict, dataclass
from typing import Any, get_args

from xiaolaba.core.errors import MessageError

MOST_ALERTS = 32


@dataclass(frozen=True, slots=True)
class Applied:
    """A sealed message that is in force, by its order."""

    generation: int
    revision: int


@dataclass(frozen=True, slots=True)
class NodeState:
    """Retained on `state`: birth, change, and `online` False as the Last Will.

    `boot` tells one start of the system from the next; `now` is what sounds
    (`rhyme/language`) or the reason for silence.
    """

    node: str
    online: bool
    boot: str = ""
    version: str = ""
    policy: Applied | None = None
    playlist: Applied | None = None
    body: str = ""
    now: str = ""
    at: int = 0
    hold: Applied | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Every five minutes and on change; lengths in the units their names say.

    Bytes are counted since the node's start: clips and messages. `alerts` are
    what an operator must look at; None is what the machine cannot tell.
    """

    node: str
    at: int
    now: str
    clock: str
    clock_bound_s: float
    clock_source: str
    position_error_ms: float
    underruns: int
    clips_cached: int
    clips_needed: int
    unacknowledged: int
    uptime_s: int
    memory_mb: float
    disk_free_mb: int
    received_bytes: int
    sent_bytes: int = 0
    temperature_c: float | None = None
    under_voltage: bool | None = None
    wifi_dbm: float | None = None
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened: `code` for machines, `detail` for people."""

    node: str
    at: int
    code: str
    detail: str = ""


def to_json(report: NodeState | Health | Event) -> dict[str, Any]:
    """Return a report as the body of its message."""
    return {"v": 1, **asdict(report)}


def state_from_json(value: dict[str, Any]) -> NodeState:
    """Read a `state` message."""
    fields = _fields(value, NodeState)
    for name in ("policy", "playlist", "hold"):
        if fields.get(name) is not None:
            fields[name] = Applied(**_fields(fields[name], Applied))
    return NodeState(**fields)


def health_from_json(value: dict[str, Any]) -> Health:
    """Read a `health` message."""
    fields = _fields(value, Health)
    alerts = fields.get("alerts", [])
    if len(alerts) > MOST_ALERTS or not all(isinstance(a, str) and len(a) <= 64 for a in alerts):
        raise MessageError("malformed", "Health.alerts are no short list of codes")
    return Health(**{**fields, "alerts": tuple(alerts)})


def event_from_json(value: dict[str, Any]) -> Event:
    """Read an `events` message."""
    return Event(**_fields(value, Event))


LONGEST = 500
"""Most characters of one text that are taken over."""

_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "Applied | None": (dict, type(None)),
    "float | None": (int, float, type(None)),
    "bool | None": (bool, type(None)),
    "tuple[str, ...]": (list,),
}


def _fields(value: Any, kind: type) -> dict[str, Any]:
    """Return the fields of `kind` found in `value`, each of its type; others are left aside."""
    if not isinstance(value, dict):
        raise MessageError("malformed", f"{kind.__name__} is no object")
    found = {}
    for name, hint in kind.__annotations__.items():
        allowed = _KINDS[hint if isinstance(hint, str) else _name(hint)]
        if name not in value:
            continue
        if not isinstance(value[name], allowed) or (
            isinstance(value[name], bool) and bool not in allowed
        ):
            raise MessageError("malformed", f"{kind.__name__}.{name} is no {hint}")
        found[name] = _plain(value[name])
    try:
        kind(**found)
    except TypeError as error:
        raise MessageError("malformed", str(error)) from error
    return found


def _plain(value: Any) -> Any:
    """Return text, or a list of it, short and without what would move a terminal's cursor."""
    if isinstance(value, list):
        return [_plain(word) for word in value]
    if isinstance(value, str):
        return "".join(filter(str.isprintable, value[:LONGEST]))
    return value


def _name(hint: Any) -> str:
    """Return a type as it is written, without its module."""
    if isinstance(hint, type) and not get_args(hint):
        return hint.__name__
    return str(hint).replace(f"{__name__}.", "")
