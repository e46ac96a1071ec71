"""The compiler against an independent slow reading of the rules.

XIAOLABA_EXAMPLES=10000 runs as many random configurations.
"""

import os
from bisect import bisect_right

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.core.reference import Clash, Reference, Stretch
from tests.core.towns import Case, cases
from xiaolaba.core.sounding.audible import audible
from xiaolaba.core.sounding.node_policy import node_policy
from xiaolaba.core.timetable.compile import groups, score_of, stagger_at
from xiaolaba.core.timetable.score import Playing, Score
from xiaolaba.core.units import Instant
from xiaolaba.core.where import site

EXAMPLES = int(os.environ.get("XIAOLABA_EXAMPLES", "200"))


def usable(case: Case) -> Reference:
    """Return the reference of a case whose schedule would not be refused."""
    town = case.town
    reference = Reference(town, case.library, case.node, case.first, case.days, case.step)
    for programme in town.programmes:
        items = reference.loop(programme)
        longest = max((item.sound + item.gap for item in items), default=0)
        assume(programme.every is None or longest <= programme.every * 48_000)
    try:
        assert reference.pieces is not None
    except Clash:
        assume(False)
    return reference


def stretches(score: Score) -> list[Stretch]:
    """Return what a score's windows hold, as the reference says it, stagger and cap aside."""
    found = []
    for index, window in enumerate(score.windows):
        held = score.segments(index)
        ends = [segment.start for segment in held[1:]] + [window.end]
        for segment, end in zip(held, ends, strict=True):
            item = segment.item
            if item is None:
                found.append(Stretch(segment.start, end, str(segment.reason)))
                continue
            until = segment.start + item.sound
            programme = score.loops[window.loop].programme
            found.append(
                Stretch(segment.start, until, "item", programme, item.rhyme, item.language)
            )
            if item.gap:
                found.append(Stretch(until, end, "gap"))
    return found


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],  # a town is too slow to shrink; the case is printed whole
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(cases(), st.randoms(use_true_random=False))
def test_the_compiler_agrees_with_the_slow_reading_of_the_rules(case, random):
    reference = usable(case)
    expected = reference.timeline()
    town, node = case.town, case.node
    score = score_of(town, case.library, site(town.places, node), case.first, case.days)
    group = next(
        group for group in groups(town, case.library, case.first, case.days) if node in group.nodes
    )
    policy = node_policy(town, node, case.first, case.days)

    plain = [
        Stretch(s.start, s.end, "item" if s.rhyme else s.label, s.programme, s.rhyme, s.language)
        for s in expected
    ]
    compiled = [stretch for stretch in stretches(score) if stretch.end > reference.begin]
    assert compiled == plain
    assert score.horizon == reference.horizon
    assert (group.score.loops, group.score.windows) == (score.loops, score.windows)
    assert score.stagger == stagger_at(site(town.places, node))
    edges = [stretch.start for stretch in expected] + [stretch.end for stretch in expected]
    edges += [reference.at(index) for index in range(len(reference.cells))]
    for edge in random.sample(edges, min(len(edges), 200)):
        t = edge + random.choice((-1, 0, 1))
        if _first_whole(reference, expected) <= t < reference.horizon:
            _agree(score, policy, reference, expected, t)


def _first_whole(reference, expected):
    """Return from when on a score knows all: the eve's daily cap needs the eve's whole plan."""
    eve = [stretch.end for stretch in expected if stretch.start < reference.begin]
    return max([reference.begin, *eve])


def _agree(score, policy, reference, expected, t):
    found = audible(score, policy, Instant(t))
    index = bisect_right(expected, t, key=lambda stretch: stretch.start) - 1
    says = expected[index] if index >= 0 and t < expected[index].end else None
    cell = (t - reference.at(0)) // (reference.at(1) - reference.at(0))
    forbidden = reference.forbidden(cell)

    assert found.until > t
    if isinstance(found, Playing):
        assert says is not None
        assert (says.label, says.start) == ("playing", found.start)
        assert (says.rhyme, says.language) == (found.item.rhyme, found.item.language)
        assert found.until == says.end
        assert forbidden is None
    elif forbidden is not None:
        assert found.reason in ("quiet-hours", "blackout")
    elif found.reason == "daily-cap":
        assert says is None or says.label != "playing"
    else:
        assert found.reason == (says.label if says is not None else "no-window")
