"""The sound thread on a fake loudspeaker in virtual time: what is heard, to the sample."""

from array import array
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from xiaolaba.core.errors import DeviceError
from xiaolaba.core.ledger import Outcome
from xiaolaba.core.policy import Blackout, Caps, Policy
from xiaolaba.core.reason import Reason
from xiaolaba.core.sounding.audible import Hold
from xiaolaba.core.timetable.score import Item, Loop, Score, Window
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
    instant,
)
from xiaolaba.core.zone import Zone
from xiaolaba.node.player import (
    BLOCK,
    ClockStepped,
    DeviceBack,
    DeviceLost,
    Player,
    SetFloor,
    SetHolds,
    SetPart,
    SetPolicy,
    Told,
)
from xiaolaba.node.servo import COARSE_MEMORY, MEMORY, Servo
from xiaolaba.node.stage import Damaged, Part, Stage
from xiaolaba.node.take import FADE
from xiaolaba.node.turns import Began, Ended, Quiet
from xiaolaba.ports.clock import ClockReport, Trust
from xiaolaba.sim.fakes import FakeClock, FakeSink
from xiaolaba.sim.household import WrongClock
from xiaolaba.sim.performer import Performer, Stretch
from xiaolaba.sim.timeline import Timeline

NOON = instant(datetime.fromisoformat("2026-11-21T04:00:00+00:00"))
ZONE = Zone("Asia/Shanghai", (Instant(0),), (8 * 3600,))
OPEN = Policy(NodeId("gate"), ZONE)
CLIP = 2 * RATE
GAP = RATE
A, B = ClipHash("a" * 64), ClipHash("b" * 64)


def item(clip: ClipHash) -> Item:
    return Item(RhymeId(clip[0]), Language("cmn"), clip, Samples(CLIP), Samples(GAP))


def score(*clips: ClipHash, start: int = NOON, seconds: int = 60) -> Score:
    loop = Loop(ProgrammeId("p"), tuple(item(clip) for clip in clips))
    window = Window(Instant(start), Instant(start + seconds * RATE), 0, 0, date(2026, 11, 21))
    return Score((loop,), (window,), Instant(start + 86_400 * RATE))


class Night:
    """A player with its world; `run` lets virtual time pass and then stops it."""

    def __init__(self, folder, at=NOON - RATE, fast=0, wake=0):
        self.folder = folder
        self.at = at
        self.clock = FakeClock(Instant(at))
        self.sinks = []
        self.told: list[Told] = []
        self.plans = []
        self.fast = fast
        self.broken = False
        self.sink = FakeSink
        self.clips: dict[ClipHash, Path] = {}
        for name, clip in ((1000, A), (-2000, B)):
            self.put(clip, [name + n % 7 for n in range(CLIP)])
        self.stage = Stage(lambda clip: self.clips.get(clip))
        night = self

        class Stop(Event):
            def wait(self, timeout=None):
                night.clock.advance(round((timeout or 0) * RATE))
                return self.is_set()

        self.player = Player(
            self.stage, self.clock, self.open, self.told.append, Stop(), Samples(wake)
        )

    def put(self, clip, samples):
        self.clips[clip] = self.folder / clip
        self.clips[clip].write_bytes(array("h", samples).tobytes())

    def open(self):
        if self.broken:
            self.clock.advance(RATE)
            raise DeviceError("fake: gone")
        night = self

        class Watched(night.sink):  # type: ignore[misc,name-defined]  # any sink may be watched
            def write(self, block):
                for due, act in list(night.plans):
                    if night.clock.elapsed >= due * RATE:
                        night.plans.remove((due, act))
                        act()
                return super().write(block)

        self.sinks.append(Watched(self.clock, self.fast))
        return self.sinks[-1]

    def later(self, seconds, act):
        """Have something happen so many seconds after the start."""
        self.plans.append((seconds, act))

    def run(self, seconds, plays=None, policy=OPEN):
        if plays is not None:
            self.player.order(
                SetPart(plays if isinstance(plays, Part) else Part(plays), Instant(0))
            )
        self.player.order(SetPolicy(policy))
        self.later(seconds, self.player.stop)
        self.player.run()
        return self

    @property
    def heard(self):
        """What sounded, from the first opening on, as samples."""
        sound = array("h")
        for sink in self.sinks:
            sound.extend([0] * (sink.began - len(sound)))
            sound.frombytes(bytes(sink.heard))
        return sound

    def of(self, kind):
        return [told for told in self.told if isinstance(told, kind)]


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


def spans(samples):
    """Return (first, last + 1) of each stretch without ten zeros in a row."""
    found, begin, zeros = [], None, 0
    for n, sample in enumerate(samples):
        if sample:
            begin, zeros = n if begin is None else begin, 0
        elif begin is not None:
            zeros += 1
            if zeros == 10:
                found.append((begin, n - 9))
                begin = None
    return found if begin is None else [*found, (begin, len(samples))]


def test_items_sound_at_their_samples_and_nothing_else_does(night):
    heard = night.run(8, score(A, B)).heard

    first = RATE
    assert spans(heard)[:2] == [(first, first + CLIP), (first + CLIP + GAP, first + 2 * CLIP + GAP)]
    assert list(heard[first : first + CLIP]) == [1000 + n % 7 for n in range(CLIP)]


def test_a_heard_item_is_told_as_finished_once_its_last_sample_has_sounded(night):
    night.run(5, score(A, B))

    assert [(e.playing.item.clip, e.outcome, e.heard) for e in night.of(Ended)] == [
        (A, Outcome.FINISHED, CLIP),
        (B, Outcome.INTERRUPTED, night.of(Ended)[1].heard),
    ]


def test_a_start_inside_an_item_joins_it_with_a_fade(tmp_path):
    night = Night(tmp_path, NOON + RATE)

    heard = night.run(1.5, score(A)).heard

    assert heard[0] == 0
    assert 400 < heard[FADE // 2] < 600
    assert heard[FADE : FADE + 100] == array(
        "h", [1000 + (n + RATE) % 7 for n in range(FADE, FADE + 100)]
    )
    assert night.of(Began)[0].joined
    assert night.of(Ended)[0].outcome is Outcome.JOINED


def test_a_blackout_cuts_to_the_sample_with_a_fade_before_it(night):
    start = Instant(NOON + RATE)
    policy = Policy(
        NodeId("gate"), ZONE, blackouts=(Blackout("exam", start, Instant(start + RATE)),)
    )

    heard = night.run(6, score(A), policy).heard

    cut = 2 * RATE
    assert not any(heard[cut : cut + RATE])
    assert 0 < heard[cut - FADE // 2] < 600
    assert night.of(Ended)[0].outcome is Outcome.INTERRUPTED


def test_without_a_policy_nothing_sounds(night):
    night.run(5, score(A), policy=None)

    assert not any(night.heard)
    assert Quiet(Reason.NO_POLICY) in night.told


def test_a_policy_that_forbids_now_silences_what_is_already_buffered(night):
    never = Policy(NodeId("gate"), ZONE, blackouts=(Blackout("x", Instant(0), Instant(2**60)),))
    night.later(2, lambda: night.player.order(SetPolicy(never)))

    heard = night.run(5, score(A)).heard

    assert max(spans(heard)[-1]) <= 2 * RATE + 2 * BLOCK
    assert night.of(Ended)[0].outcome is Outcome.INTERRUPTED


def test_stopping_fades_out_and_tells_what_was_heard(night):
    night.run(2, score(A))

    (_, end) = spans(night.heard)[-1]
    assert abs(night.heard[end - 1]) < 60
    assert night.of(Ended)[0].outcome is Outcome.INTERRUPTED
    assert abs(night.of(Ended)[0].heard - (end - RATE)) < 50


def test_a_missing_clip_is_silence_of_equal_length(night):
    del night.clips[A]

    heard = night.run(5, score(A, B)).heard

    assert spans(heard)[0][0] == RATE + CLIP + GAP
    assert Quiet(Reason.MISSING_CLIP) in night.told


def test_a_clip_of_the_wrong_length_is_reported_and_stays_silent(night):
    night.put(A, [1, 2, 3])

    heard = night.run(3, score(A, B)).heard

    assert not any(heard)
    assert [told.clip for told in night.of(Damaged)] == [A]


def test_a_clip_that_is_cut_short_while_it_plays_is_reported_once_and_not_as_finished(night):
    night.later(2, lambda: night.clips[A].write_bytes(night.clips[A].read_bytes()[:RATE]))

    night.run(3.4, score(A, B))

    assert [told.clip for told in night.of(Damaged)] == [A]
    assert [e.outcome for e in night.of(Ended)] == [Outcome.INTERRUPTED]


def test_what_a_lost_device_still_held_is_not_counted_as_heard(night):
    night.later(2.8, lambda: setattr(night.sinks[0], "unplugged", True))

    night.run(3.5, score(A, B))

    first = night.of(Ended)[0]
    assert first.outcome is Outcome.INTERRUPTED
    assert 1.7 * RATE < first.heard < 1.9 * RATE


def test_levels_add_up_and_the_cap_wins(night):
    night.put(A, [10_000] * CLIP)
    capped = Policy(NodeId("gate"), ZONE, caps=Caps(level=Decibels(-6.0)))

    heard = night.run(3, Part(score(A), Decibels(-3.0)), capped).heard

    assert set(heard[RATE : RATE + CLIP // 2]) == {round(32768 * 10 ** (-6 / 20)) * 10_000 >> 15}


def test_a_node_that_is_fed_earlier_sounds_earlier(night):
    heard = night.run(3, Part(score(A), delay=Samples(480))).heard

    assert spans(heard)[0][0] == RATE - 480


@pytest.mark.parametrize(
    ("skipped", "outcome"), [(0, Outcome.FINISHED), (1, Outcome.FINISHED), (2, Outcome.JOINED)]
)
def test_an_item_of_which_the_servo_skips_the_first_sample_is_whole(night, skipped, outcome):
    stage, before = night.stage, Instant(NOON - BLOCK)
    stage.set_policy(OPEN, before)
    stage.set_part(Part(score(A)), Instant(0), before)
    block = memoryview(bytearray(2 * BLOCK))

    stage.fill(before, block)
    stage.fill(Instant(NOON + skipped), block)
    first = block.cast("h")[0]
    for n in range(1, CLIP // BLOCK + 1):
        stage.fill(Instant(NOON + skipped + n * BLOCK), block)
    told = list(stage.heard(stage.written))

    (ended,) = [report for report in told if isinstance(report, Ended)]
    assert (ended.outcome, ended.heard) == (outcome, CLIP - skipped)
    assert first == (1000 + skipped if outcome is Outcome.FINISHED else 0)


def test_a_thread_that_is_put_aside_at_every_look_goes_by_the_quickest(tmp_path):
    aside = [ms * RATE // 1000 for ms in (5, 10, 1, 15, 25)]

    class Busy(FakeSink):
        def __init__(self, *given):
            super().__init__(*given)
            self.write(bytes(2 * 4 * BLOCK))

        def delay(self):
            self._clock.advance(aside.pop(0) if aside else 0)
            return super().delay()

    night = Night(tmp_path, NOON)
    night.put(A, [1000 + n // 48 for n in range(CLIP)])
    night.sink = Busy

    heard = night.run(0.5, score(A)).heard

    joined = 4 * BLOCK + FADE
    assert heard[joined] - 1000 == pytest.approx(joined // 48, abs=1)


@pytest.mark.parametrize("fast", [100, -100], ids=["a fast crystal", "a slow crystal"])
def test_a_crystal_that_is_off_is_held_to_the_clock(tmp_path, fast):
    night = Night(tmp_path, fast=fast)

    night.run(28, score(A, B))

    begins = [begin for begin, _ in spans(night.heard)][:9]
    wanted = [(RATE + n * (CLIP + GAP)) * (1_000_000 + fast) / 1e6 for n in range(9)]
    assert max(abs(b - w) for b, w in zip(begins, wanted, strict=True)) < 30
    assert {e.outcome for e in night.of(Ended)[:8]} == {Outcome.FINISHED}


def test_a_new_playlist_takes_over_between_items(night):
    other = SetPart(Part(score(B)), Instant(NOON + RATE // 2))
    night.later(0.5, lambda: night.player.order(other))

    heard = night.run(6, score(A)).heard

    assert heard[RATE + CLIP - 1] > 0
    assert heard[RATE + CLIP + GAP] < 0


def test_an_untrusted_clock_means_silence_until_it_is_trusted(night):
    night.clock.standing = ClockReport(Trust.UNTRUSTED, Seconds(0.0), "fake")
    good = ClockReport(Trust.TRUSTED, Seconds(0.0), "fake")
    night.later(5, lambda: setattr(night.clock, "standing", good))

    heard = night.run(9, score(A)).heard

    assert not any(heard[: 5 * RATE])
    assert any(heard[5 * RATE :])
    assert Quiet(Reason.CLOCK) in night.told


@pytest.mark.parametrize("hours", [-2, 2], ids=["back", "ahead"])
def test_a_step_of_the_clock_makes_no_burst(night, hours):
    plays = score(A, seconds=3600)
    night.later(2, lambda: night.clock.step(hours * 3600 * RATE))

    heard = night.run(6, plays).heard

    assert max(end for _, end in spans(heard)) <= 2 * RATE + 2 * BLOCK
    assert [round(step.by) for step in night.of(ClockStepped)] == [hours * 3600]


def test_an_underrun_is_joined_again_at_the_derived_sample(night):
    night.later(2, lambda: night.clock.advance(int(0.7 * RATE)))

    heard = night.run(3.3, score(A)).heard

    assert night.player.underruns == 1
    after = RATE + RATE + int(0.75 * RATE)
    assert heard[after + FADE] == 1000 + (after + FADE - RATE) % 7
    assert [e.outcome for e in night.of(Ended)] == [Outcome.INTERRUPTED, Outcome.JOINED]


def test_a_lost_device_is_reopened_and_the_item_joined(night):
    def unplug():
        night.sinks[0].unplugged = True
        night.broken = True

    night.later(1.5, unplug)
    original = night.open

    def open_again():
        if night.clock.at > NOON + 3 * RATE:
            night.broken = False
        return original()

    night.player._open_sink = open_again

    night.run(8, score(A, B))

    assert len(night.of(DeviceLost)) == 1
    assert len(night.of(DeviceBack)) == 1
    assert night.sinks[0].closed
    assert any(night.heard[6 * RATE :])


def test_a_card_that_opens_and_takes_nothing_is_lost_once_until_it_plays(night):
    class Refuses(FakeSink):
        def write(self, block):
            if night.clock.at < NOON + 20 * RATE:
                raise DeviceError("fake: no answer")
            return super().write(block)

    night.sink = Refuses

    night.run(24, score(A, B))

    assert len(night.sinks) > 10
    assert [type(told) for told in night.told if isinstance(told, DeviceLost | DeviceBack)] == [
        DeviceLost,
        DeviceBack,
    ]
    assert any(night.heard)


def test_an_amplifier_is_fed_silence_after_each_opening_and_the_item_is_joined(tmp_path):
    night = Night(tmp_path, NOON + RATE // 2, wake=RATE)
    night.later(4, lambda: setattr(night.sinks[0], "unplugged", True))

    heard = night.run(8, score(A, B)).heard

    back = night.sinks[1].began
    joined = min(begin for begin, _ in spans(heard)), min(b for b, _ in spans(heard) if b > back)
    assert RATE <= joined[0] < RATE + 2 * BLOCK
    assert RATE <= joined[1] - back < RATE + 2 * BLOCK
    assert heard[RATE + 2 * BLOCK] == 1000 + (RATE + 2 * BLOCK + RATE // 2) % 7


def test_an_underrun_does_not_send_the_amplifier_to_sleep(tmp_path):
    night = Night(tmp_path, wake=RATE // 2)
    night.later(2, lambda: night.clock.advance(int(0.7 * RATE)))

    heard = night.run(3.3, score(A)).heard

    assert any(heard[RATE + RATE + int(0.75 * RATE) :][: 4 * BLOCK])


def test_a_hold_silences_at_once_and_the_loop_is_joined_when_it_is_over(night):
    hold = Hold(Instant(NOON + 5 * RATE // 2))
    night.later(1.5, lambda: night.player.order(SetHolds((hold,))))

    heard = night.run(6, score(A, B)).heard

    assert not any(heard[round(1.6 * RATE) : round(3.5 * RATE)])
    assert night.of(Ended)[0].outcome is Outcome.INTERRUPTED
    assert spans(heard)[-1][0] == 4 * RATE


def test_a_hold_that_is_lifted_at_once_costs_no_sound_of_what_follows(night):
    hold = Hold(Instant(NOON + 60 * RATE))

    def change_of_mind():
        night.player.order(SetHolds((hold,)))
        night.player.order(SetHolds(()))

    night.later(2.8, change_of_mind)

    heard = night.run(6, score(A, B)).heard

    again = round(2.8 * RATE) + 2 * BLOCK
    assert list(heard[again : RATE + CLIP]) == [1000 + n % 7 for n in range(again - RATE, CLIP)]
    assert [e.outcome for e in night.of(Ended)][:2] == [Outcome.INTERRUPTED, Outcome.JOINED]


def test_a_softer_hold_lowers_what_sounds_without_a_step_and_cuts_nothing(night):
    night.put(A, [10_000] * CLIP)
    hold = Hold(Instant(NOON + 3 * RATE // 2), Decibels(-6.0))
    night.later(1.2, lambda: night.player.order(SetHolds((hold,))))

    heard = night.run(4, score(A, B)).heard

    soft = round(32768 * 10 ** (-6 / 20)) * 10_000 >> 15
    sound = heard[RATE : RATE + CLIP]
    assert set(sound[RATE : RATE + RATE // 4]) == {soft}
    assert set(sound[-RATE // 4 :]) == {10_000}
    assert max(abs(a - b) for a, b in pairwise(sound)) < 20
    assert [e.outcome for e in night.of(Ended)][:1] == [Outcome.FINISHED]


def test_a_clock_below_the_floor_means_silence(night):
    night.player.order(SetFloor(Instant(NOON + 3 * RATE)))

    heard = night.run(7, score(A)).heard

    assert not any(heard[: 4 * RATE])
    assert any(heard[5 * RATE :])


def test_a_step_to_before_the_floor_is_silent_from_the_first_sample_on(night):
    night.player.order(SetFloor(Instant(NOON - 60 * RATE)))
    night.later(2.5, lambda: night.clock.step(-3600 * RATE))

    heard = night.run(6, score(A, start=NOON - 7200 * RATE, seconds=9000)).heard

    assert any(heard[RATE : 2 * RATE])
    assert not any(heard[round(2.5 * RATE) + 2 * BLOCK :])


class SlowSink(FakeSink):
    """A card that takes so long to answer that no reading of it is sure, as on a busy machine."""

    def delay(self):
        self._clock.advance(RATE // 1000)
        return super().delay()


def test_a_step_that_only_an_underrun_brings_to_light_is_judged_before_anything_sounds(night):
    def fall_behind():
        night.clock.advance(round(0.7 * RATE))
        night.clock.step(-3600 * RATE)

    night.sink = SlowSink
    night.player.order(SetFloor(Instant(NOON - 60 * RATE)))
    night.later(2.5, fall_behind)

    heard = night.run(6, score(A, start=NOON - 7200 * RATE, seconds=9000)).heard

    assert night.of(ClockStepped) == []
    assert any(heard[RATE : 2 * RATE])
    assert not any(heard[round(3.2 * RATE) :])


class CoarseSink(FakeSink):
    """A card that tells how far it has come in steps of 10 ms, as the Pi's own jack does."""

    def delay(self):
        held = super().delay()
        played = self._sounded
        return Samples(held + played % 480)


@pytest.mark.parametrize("fast", [40, -35])
def test_a_card_that_reports_in_steps_is_held_within_a_millisecond_of_the_clock(tmp_path, fast):
    night = Night(tmp_path, fast=fast)
    night.sink = CoarseSink

    night.run(60, score(A, B, seconds=80))

    begins = [begin for begin, end in spans(night.heard)][3:19]
    wanted = [(RATE + n * (CLIP + GAP)) * (1_000_000 + fast) / 1e6 for n in range(3, 19)]
    assert max(abs(b - w) for b, w in zip(begins, wanted, strict=True)) < 48
    assert {e.outcome for e in night.of(Ended)[:16]} == {Outcome.FINISHED}


def test_the_lower_edge_of_errors_in_steps_counts_and_the_median_of_fine_ones():
    coarse, fine = Servo(), Servo()
    for n in range(MEMORY):
        coarse.note(20 + 480 * n // MEMORY)
        fine.note(20 + n % 3)

    assert coarse.error == pytest.approx(20, abs=480 / MEMORY)
    assert fine.error == 21


@pytest.mark.parametrize("period", [5904, 6000, 6096], ids=["123 ms", "125 ms", "127 ms"])
@pytest.mark.parametrize("truth", range(0, 480, 50))
def test_a_card_in_steps_that_is_asked_in_bursts_is_known_to_a_quarter_of_a_step(period, truth):
    servo, now = Servo(), truth
    for n in range(COARSE_MEMORY):
        if n % 6 == 0:
            now += period
        servo.note(100 + now % 480)

    assert servo.error == pytest.approx(100, abs=120 if period == 6000 else 60)


def test_a_performer_without_samples_sounds_what_the_player_does(tmp_path):
    night = Night(tmp_path)
    plays = score(A, B, seconds=20)
    policy = Policy(
        NodeId("gate"),
        ZONE,
        blackouts=(Blackout("x", Instant(NOON + 4 * RATE), Instant(NOON + 5 * RATE)),),
    )
    heard = night.run(22, plays, policy).heard
    timeline = Timeline(Instant(NOON - RATE))
    sounded: list[Stretch] = []
    clock = WrongClock(timeline, rtc=True, ahead=0)
    performer = Performer(timeline, Stage(night.clips.get), clock, lambda told: None, sounded)

    performer.order(SetPart(Part(plays), Instant(0)))
    performer.order(SetPolicy(policy))
    timeline.run(Instant(NOON + 21 * RATE))

    shifted = [(s.start - NOON + RATE, s.end - NOON + RATE) for s in sounded]
    assert [tuple(round(x / RATE, 1) for x in span) for span in spans(heard)] == [
        tuple(round(x / RATE, 1) for x in span) for span in shifted
    ]
