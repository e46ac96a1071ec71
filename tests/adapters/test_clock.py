"""The machine's clock says how far it may be trusted."""

import ctypes
import resource
import time

import pytest

from xiaolaba.adapters.clock import FAR, StepTimer, SystemClock, coasting
from xiaolaba.core.units import RATE
from xiaolaba.ports.clock import Trust


@pytest.mark.parametrize("trust", ["kernel", "rtc", "host"])
def test_the_clock_shows_unix_time_in_samples(trust):
    before = time.time()
    now = SystemClock(trust).now()
    after = time.time()

    assert before - 1 / RATE <= now / RATE <= after


def test_the_host_is_trusted_and_named_as_the_source():
    report = SystemClock("host").report()

    assert (report.trust, report.source) == (Trust.TRUSTED, "host")


def test_the_kernel_is_asked_and_gives_a_bound():
    report = SystemClock("kernel").report()

    assert report.source == "kernel"
    assert report.trust in (Trust.TRUSTED, Trust.UNTRUSTED)
    assert report.bound >= 0


def test_a_coasting_clock_grows_uncertain_until_it_is_not_trusted():
    assert coasting(0.01, 3600).trust is Trust.COASTING
    assert coasting(0.01, 3600).bound == pytest.approx(0.37)
    assert coasting(0.01, 8 * 86_400).trust is Trust.UNTRUSTED


class World:
    """What a clock can ask, and how long the machine has run."""

    def __init__(self):
        self.kernel = self.rtc = None
        self.set, self.running, self.wall = False, 0.0, 1_800_000_000.0

    def clock(self, trust):
        return SystemClock(
            trust,
            lambda: self.kernel,
            lambda: self.rtc,
            self.was_set,
            lambda: self.running,
            lambda: self.wall,
        )

    def was_set(self):
        was, self.set = self.set, False
        return was


@pytest.fixture
def world():
    return World()


def test_a_clock_that_is_no_longer_synchronised_coasts_until_its_bound_is_a_minute(world):
    clock = world.clock("kernel")
    world.kernel = 0.01
    first = clock.report()
    world.kernel, world.running = None, 86_400

    later = clock.report()
    world.running = 7 * 86_400
    last = clock.report()

    trusts = [first.trust, later.trust, last.trust]
    assert trusts == [Trust.TRUSTED, Trust.COASTING, Trust.UNTRUSTED]
    assert later.bound == pytest.approx(0.01 + 8.64)


def test_a_clock_that_was_never_synchronised_is_untrusted(world):
    assert world.clock("kernel").report().trust is Trust.UNTRUSTED


def test_a_clock_that_somebody_sets_while_it_coasts_is_untrusted_until_it_is_synchronised(world):
    clock = world.clock("kernel")
    world.kernel = 0.01
    clock.report()
    world.kernel, world.set = None, True

    after = [clock.report().trust, clock.report().trust]
    world.kernel = 0.02

    assert after == [Trust.UNTRUSTED, Trust.UNTRUSTED]
    assert clock.report().trust is Trust.TRUSTED


@pytest.mark.parametrize(
    ("shown", "trust"),
    [(-1.0, Trust.TRUSTED), (300.0, Trust.UNTRUSTED), (-1_750_000_000, Trust.UNTRUSTED)],
    ids=["that agrees", "that is five minutes off", "that lost its battery"],
)
def test_an_rtc_is_believed_only_if_the_wall_clock_agrees(world, shown, trust):
    world.rtc = world.wall + shown

    assert world.clock("rtc").report().trust is trust


def test_a_machine_without_an_rtc_has_only_the_kernels_word(world):
    assert world.clock("rtc").report().trust is Trust.UNTRUSTED


def test_the_step_timer_reports_no_step_where_nobody_sets_the_clock():
    timer = StepTimer()

    assert [timer(), timer()] == [False, False]


def test_the_step_timer_is_armed_also_where_numbers_are_of_32_bits():
    assert ctypes.c_int32(FAR).value == FAR > 0


def test_a_step_timer_that_cannot_be_had_assumes_the_worst_until_it_can():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        timer = StepTimer()
        without = [timer(), timer()]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert without == [True, True]
    assert [timer(), timer()] == [True, False]
