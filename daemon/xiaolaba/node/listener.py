"""Speak when the daemon is there: plays, and what happened meanwhile.

A broker takes both while no daemon listens to it, and they are lost. What the
broker keeps (state) or what comes anew (health) is said in any case.
"""

from dataclasses import replace

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message import MAX_BATCH, from_bytes
from xiaolaba.core.units import Seconds
from xiaolaba.node import telling
from xiaolaba.node.events import Action, Now, SendPlays
from xiaolaba.node.state import Mind

SAID_WITHIN, AWAY = 60.0, 3600.0
"""Seconds after which a node speaks all the same if nobody said that the daemon is there.

If it was said to be away, only plays are sent then, which are kept until they
are acknowledged: a message that a broker dropped must not hold them for ever.
"""
RESEND, LONGEST_RESEND = 30.0, 3600.0
"""Seconds after which plays that nobody acknowledged are sent again: doubled up to the second.

It is one play then, to ask whether anybody counts: where nobody does, for
whatever reason, a full batch each time would cost the SIM 80 MB a day.
"""

Step = tuple[Mind, list[Action]]


def daemon_said(mind: Mind, payload: bytes, now: Now) -> Step:
    """Take in `daemon/state`, and speak if it says that the daemon is there."""
    try:
        online = from_bytes(payload).get("online")
    except MessageError:
        return mind, []
    if online is True:
        return _heard(mind, now)
    return (_silent(mind, now, AWAY, away=True), []) if online is False else (mind, [])


def unknown(mind: Mind, now: Now) -> Mind:
    """Return the mind of a node that was just connected: the daemon may be there or not."""
    return _silent(mind, now, SAID_WITHIN)


def assume(mind: Mind, now: Now) -> Step:
    """Speak all the same once nobody has said for long enough whether the daemon is there."""
    if mind.heard or mind.away or not _may_send(mind, now):
        return mind, []
    return _heard(mind, now)


def send(mind: Mind, now: Now) -> Step:
    """Send a batch of plays if it is full or was gathered long enough."""
    ripe = now.since >= mind.plays_due or mind.waiting >= MAX_BATCH
    if not _may_send(mind, now) or not mind.waiting or not ripe or mind.sent is not None:
        return mind, []
    due = Seconds(now.since + mind.identity.gather)
    most = 1 if mind.unanswered else MAX_BATCH
    return replace(mind, sent=now.since, plays_due=due), [SendPlays(most)]


def ask_again(mind: Mind, now: Now) -> Step:
    """Send plays again that nobody acknowledged, after a longer pause each time."""
    pause = min(RESEND * 2 ** min(mind.unanswered, 10), LONGEST_RESEND)
    if mind.sent is not None and now.since >= mind.sent + pause:
        unanswered = mind.unanswered + 1
        mind = replace(mind, sent=None, plays_due=now.since, unanswered=unanswered)
    return send(mind, now)


def _may_send(mind: Mind, now: Now) -> bool:
    return mind.heard or (mind.connected and now.since >= mind.heard_from)


def _silent(mind: Mind, now: Now, patience: float, away: bool = False) -> Mind:
    return replace(mind, heard=False, away=away, heard_from=Seconds(now.since + patience))


def _heard(mind: Mind, now: Now) -> Step:
    """Send what happened meanwhile, and plays: but one if the last were not acknowledged."""
    asked = mind.unanswered or mind.sent is not None
    mind = replace(mind, heard=True, sent=None, unanswered=int(asked))
    mind, happened = telling.outbox(mind)
    mind, sending = send(mind, now)
    return mind, [*happened, *sending]
