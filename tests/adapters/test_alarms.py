import threading
from datetime import UTC, datetime, timedelta

from tests.waiting import until
from xiaolaba.adapters.alarms import Alarms


def test_an_alarm_rings_again_and_again_until_it_is_stopped():
    rung: list[str] = []
    alarms = Alarms(rung.append)
    alarms.every("soon", 0.01)
    alarms.every("seldom", 3600)

    alarms.start()
    until(lambda: len(rung) > 2)
    alarms.stop()

    assert set(rung) == {"soon"}


def test_an_alarm_does_not_wait_for_a_clock_that_was_set_back():
    rung = threading.Event()
    alarms = Alarms(lambda name: rung.set())
    alarms.every("look", 0.01)
    alarms.start()
    assert rung.wait(10)

    (job,) = alarms._scheduler.get_jobs()
    job.modify(next_run_time=datetime.now(UTC) + timedelta(hours=8))
    rung.clear()

    assert rung.wait(10)
    alarms.stop()


def test_a_clock_set_forward_by_ten_years_rings_each_alarm_once_and_soon():
    rung: list[str] = []
    alarms = Alarms(rung.append)
    alarms.every("look", 1.0)
    alarms.every("seldom", 3600)
    alarms.start()

    for job in alarms._scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC) - timedelta(days=3650))
    until(lambda: rung.count("look") > 1 and "seldom" in rung, "it rings on")
    alarms.stop()

    assert rung.count("seldom") == 1


def test_an_alarm_that_rings_while_the_clock_is_looked_at_rings_once(monkeypatch):
    rung: list[str] = []
    looks: list[int] = []
    alarms = Alarms(rung.append)
    alarms.every("seldom", 3600)
    alarms.start()
    jobs = alarms._scheduler.get_jobs

    def rings_first():
        if not looks:
            jobs()[0].modify(next_run_time=datetime.now(UTC))
            until(lambda: "seldom" in rung, "it has rung")
        looks.append(len(rung))
        return jobs()

    monkeypatch.setattr(alarms._scheduler, "get_jobs", rings_first)
    until(lambda: len(looks) > 2, "the clock was looked at again")
    alarms.stop()

    assert rung == ["seldom"]
