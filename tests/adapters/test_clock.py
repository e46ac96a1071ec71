"""The machine's clock says how far it may be trusted."""

import time

import pytest

from xiaolaba.adapters.clock import SystemClock, coasting
from xiaolaba.core.units import RATE
from xiaolaba.ports import Trust


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
