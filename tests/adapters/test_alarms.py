import threading

from tests.listening import until
from xiaolaba.adapters.alarms import Alarms


def test_an_alarm_rings_again_and_again_until_it_is_stopped():
    rung: list[str] = []
    alarms = Alarms(rung.append)
    alarms.every("soon", 0.01)
    alarms.daily("midnight", 0, 0, "Asia/Shanghai")

    alarms.start()
    until(lambda: len(rung) > 2)
    alarms.stop()

    assert set(rung) == {"soon"}


def test_an_alarm_set_again_replaces_the_one_before():
    rung = threading.Event()
    alarms = Alarms(lambda name: rung.set())
    alarms.every("look", 3600)
    alarms.start()

    alarms.every("look", 0.01)

    assert rung.wait(10)
    alarms.stop()
