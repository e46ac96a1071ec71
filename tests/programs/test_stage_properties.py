"""Whatever the timetable and the policy: nothing sounds where `audible` knows no sound."""

from array import array
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.node_house import NODE, ZONE, loop_score, noise
from xiaolaba.core.policy import Blackout, Policy
from xiaolaba.core.sounding.audible import audible
from xiaolaba.core.timetable.score import Playing, Score, Window
from xiaolaba.core.units import RATE, ClipHash, Instant
from xiaolaba.node.player import BLOCK
from xiaolaba.node.stage import Part, Stage
from xiaolaba.node.take import FADE

T = 1_800_000_000 * RATE
CLIP, GAP = 3000, 1000
A, B = ClipHash("a" * 64), ClipHash("b" * 64)
SOUNDS = {A: noise(1, CLIP), B: noise(2, CLIP)}

cuts = st.lists(st.integers(0, 60_000), min_size=2, max_size=6, unique=True).map(sorted)


def spans(edges):
    return [(T + a, T + b) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def plan(edges):
    windows = tuple(
        Window(Instant(a), Instant(b), 0, 0, date(2027, 1, 15)) for a, b in spans(edges)
    )
    loops = loop_score({A: CLIP, B: CLIP}, [], GAP).loops
    return Score(loops, windows, Instant(T + 90_000 * RATE))


def rules(edges):
    return Policy(
        NODE, ZONE, blackouts=tuple(Blackout("x", Instant(a), Instant(b)) for a, b in spans(edges))
    )


def performed(folder, score, policy, begin):
    """Return what the stage writes from `begin` on."""
    paths = {clip: folder / clip for clip in SOUNDS}
    for clip, sound in SOUNDS.items():
        paths[clip].write_bytes(sound.tobytes())
    stage, at = Stage(paths.get), Instant(T + begin)
    stage.set_policy(policy, at)
    stage.set_part(Part(score), at, at)
    out = bytearray(2 * BLOCK * 70)
    for n in range(70):
        view = memoryview(out)[2 * BLOCK * n : 2 * BLOCK * (n + 1)]
        stage.fill(Instant(at + n * BLOCK), view)
    samples: array[int] = array("h")
    samples.frombytes(bytes(out))
    return samples


@settings(deadline=None, max_examples=60)
@given(windows=cuts, blackouts=cuts, begin=st.integers(0, 20_000))
def test_every_sample_is_the_one_that_belongs_there_or_none(
    tmp_path_factory, windows, blackouts, begin
):
    score, policy = plan(windows), rules(blackouts)

    samples = performed(tmp_path_factory.mktemp("clips"), score, policy, begin)

    at, end = T + begin, T + begin + len(samples)
    while at < end:
        found = audible(score, policy, Instant(at))
        until = min(found.until, end)
        heard = samples[at - T - begin : until - T - begin]
        if not isinstance(found, Playing):
            assert not any(heard)
        else:
            assert found.item.clip is not None
            whole = SOUNDS[found.item.clip]
            wanted = whole[at - found.start : until - found.start]
            assert heard[FADE : len(heard) - FADE] == wanted[FADE : len(wanted) - FADE]
            assert all(abs(a) <= abs(b) + 1 for a, b in zip(heard, wanted, strict=True))
        at = until
