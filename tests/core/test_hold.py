"""Messages about a node's holds: composed of what runs, numbered in one row, read strictly."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaolaba.core.errors import MessageError
from xiaolaba.core.message.seal import Envelope, seal
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.sounding.hold import (
    MOST,
    Held,
    Signer,
    holds_to_json,
    latest,
    opened,
    running,
    strictest,
    with_held,
)
from xiaolaba.core.sounding.hold_order import LONGEST, added, history, lifted
from xiaolaba.core.units import RATE, Decibels, Instant, NodeId

GATE = NodeId("gate")
NOW = 1_000_000


def signer(secret):
    return lambda message: hashlib.sha512(secret + message).digest()


def verifier(secret):
    return lambda message, signature: signature == signer(secret)(message)


PROGRAMME, POLICY = ("prog", signer(b"prog")), ("pol", signer(b"pol"))
KEYS = {"prog": verifier(b"prog")}, {"pol": verifier(b"pol")}


def hold(seconds, level=None, since=NOW):
    level = None if level is None else Decibels(level)
    return Hold(Instant((NOW + seconds) * RATE), level, Instant(since * RATE))


def given_one_by_one(*holds, now=NOW):
    """Return the last message once these holds were given, each on what was before."""
    found: tuple[Held, ...] = ()
    for one in holds:
        found = after(found, one, now)
    return found


def after(before, one, now=NOW):
    """Return the message that follows, or the same where nothing is added."""
    sealed = added(before, GATE, one, now, PROGRAMME)
    return before if sealed is None else opened(sealed, *KEYS)


def lifting(before, now=NOW):
    return opened(lifted(before, GATE, now, POLICY), *KEYS)


def at(seconds):
    return Instant((NOW + seconds) * RATE)


def test_a_message_carries_every_hold_that_runs():
    found = given_one_by_one(hold(60), hold(600, -6.0))

    assert running(found, at(0)) == (hold(60), hold(600, -6.0))
    assert running(found, at(60)) == (hold(600, -6.0),)
    assert found[-1].envelope.expires == NOW + 600


def test_a_hold_that_is_over_is_not_carried_on():
    first = given_one_by_one(hold(60))

    later = after(first, hold(900, since=NOW + 99), NOW + 99)

    assert later[-1].holds == (hold(900, since=NOW + 99),)


def test_a_hold_that_one_before_covers_needs_no_message():
    first = given_one_by_one(hold(600))

    assert added(first, GATE, hold(60), NOW, PROGRAMME) is None
    assert added(first, GATE, hold(600, -6.0), NOW, PROGRAMME) is None
    assert added(first, GATE, hold(601), NOW, PROGRAMME) is not None


@pytest.mark.parametrize("now", [NOW, NOW + 1, NOW - 86_400, 0])
def test_orders_grow_also_within_a_second_and_where_the_clock_was_set_back(now):
    first = given_one_by_one(hold(60))

    later = after(first, hold(600), now)
    last = lifting(later, now)

    assert first[-1].order < later[-1].order < last[-1].order


def test_the_policy_key_s_message_ends_all_and_is_kept_as_long_as_any_hold_could_run():
    before = given_one_by_one(hold(LONGEST))

    (lift,) = lifting(before, NOW + 5)

    assert (lift.by, lift.holds) == (Signer.POLICY, ())
    assert lift.envelope.expires == NOW + 5 + LONGEST


def test_the_hold_after_a_lift_carries_it_along_while_it_may_be_needed():
    lift = lifting(given_one_by_one(hold(600)))

    soon = after(lift, hold(60))
    again = after(soon, hold(90))
    late = after(again, hold(2 * LONGEST), NOW + LONGEST)

    assert [one.by for one in again] == [Signer.POLICY, Signer.PROGRAMME]
    assert again[0] == lift[0]
    assert again[1].envelope.expires == lift[0].envelope.expires
    assert [one.by for one in late] == [Signer.PROGRAMME]


def test_the_history_has_every_hold_until_it_was_over_or_was_lifted():
    first = after((), hold(60))
    second = after(first, hold(600, -6.0))
    third = lifting(second, NOW + 100)
    fourth = after(third, hold(900, since=NOW + 200), NOW + 200)

    found = history(held[-1] for held in (first, second, third, fourth))

    assert found == (hold(60), hold(100, -6.0), hold(900, since=NOW + 200))


def test_more_holds_than_a_message_takes_are_drawn_together_into_one_as_strict_as_each():
    steps = [hold(600 - n, -float(n)) for n in range(1, MOST + 2)]

    softer, silent = given_one_by_one(*steps), given_one_by_one(*steps[:-1], hold(1))

    assert softer[-1].holds == (hold(599, -float(MOST + 1)),)
    assert silent[-1].holds == (hold(599),)


HOLDS = st.builds(
    hold, st.integers(1, 500), st.one_of(st.none(), st.sampled_from([-3.0, -6.0, -9.0]))
)


@given(st.lists(HOLDS, max_size=12), st.integers(0, 500))
def test_what_was_given_counts_however_it_was_composed(holds, seconds):
    found = given_one_by_one(*holds)

    wanted, told = strictest(holds, at(seconds)), strictest(running(found, at(0)), at(seconds))

    assert (wanted is None) == (told is None)
    if wanted is not None and told is not None:
        assert told.level == wanted.level


@given(st.lists(HOLDS, min_size=1, max_size=8), st.data())
def test_a_node_that_missed_any_of_them_obeys_all_once_it_has_the_last(holds, data):
    messages: list[tuple[Held, ...]] = [()]
    for one in holds:
        messages.append(after(messages[-1], one))
    heard = data.draw(st.lists(st.sampled_from(messages[1:])))

    held: tuple[Held, ...] = ()
    for one in (*heard, messages[-1]):
        held = with_held(held, one[-1], at(0))

    for second in (0, 50, 100, 250, 499):
        told, wanted = strictest(running(held, at(0)), at(second)), strictest(holds, at(second))
        assert (told and told.level, told is None) == (wanted and wanted.level, wanted is None)


@given(st.permutations(range(4)))
def test_in_whatever_order_they_come_a_lift_ends_what_was_before_it_and_nothing_after(order):
    first = given_one_by_one(hold(600))
    second = after(first, hold(700))
    lift = lifting(second)
    last = after(lift, hold(60))
    row = (first, second, lift, last)

    held: tuple[Held, ...] = ()
    for number in order:
        for one in row[number]:
            held = with_held(held, one, at(0))

    assert running(held, at(0)) == (hold(60),)
    assert latest(held, Signer.PROGRAMME) == last[-1].order


def body(**more):
    return {"holds": [{"since": 1, "until": 2, "level": None}]} | more


MISSHAPEN = {
    "no holds": {},
    "holds that are none": body(holds="all"),
    "a hold that is none": body(holds=[5]),
    "no end": body(holds=[{"since": 1, "level": None}]),
    "no level": body(holds=[{"since": 1, "until": 2}]),
    "louder": body(holds=[{"since": 1, "until": 2, "level": 3}]),
    "an end without end": body(holds=[{"since": 1, "until": 2**60 // 2**8, "level": None}]),
    "too many": body(holds=[{"since": 1, "until": 2, "level": None}] * (MOST + 1)),
    "a lift that is no text": body(lift=5),
    "a lift in Chinese": body(lift="解除"),
    "a lift without end": body(lift="x" * 5000),
}


@pytest.mark.parametrize("wrong", MISSHAPEN.values(), ids=MISSHAPEN)
def test_a_misshapen_message_is_refused(wrong):
    sealed = seal(Envelope("hold", GATE, 1, 1, 0, 9), wrong, *PROGRAMME)

    with pytest.raises(MessageError) as refused:
        opened(sealed, *KEYS)

    assert refused.value.code == "malformed"


def test_the_programme_key_cannot_sign_a_lift():
    forged = seal(Envelope("hold", GATE, 1, 1, 0, 9), holds_to_json(()), "pol", PROGRAMME[1])

    with pytest.raises(MessageError) as refused:
        opened(forged, *KEYS)

    assert refused.value.code == "bad-signature"
