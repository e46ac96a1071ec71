"""What a machine tells of itself, and that it may have nothing to tell."""

from xiaolaba.adapters import machine


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_temperature_is_read_in_degrees(tmp_path):
    put(tmp_path / "class/thermal/thermal_zone0/temp", "48312\n")

    assert machine.temperature_c(tmp_path) == 48.312


def test_a_supply_that_was_too_weak_is_told_by_the_boards_monitor(tmp_path):
    put(tmp_path / "class/hwmon/hwmon0/name", "cpu_thermal\n")
    put(tmp_path / "class/hwmon/hwmon1/name", "rpi_volt\n")
    alarm = tmp_path / "class/hwmon/hwmon1/in0_lcrit_alarm"
    put(alarm, "1\n")
    weak = machine.under_voltage(tmp_path)
    put(alarm, "0\n")

    assert (weak, machine.under_voltage(tmp_path)) == (True, False)


def test_the_wireless_level_is_read_in_dbm(tmp_path):
    header = "Inter-| sta-|   Quality        |\n face | tus | link level noise |\n"
    put(tmp_path / "net/wireless", f"{header} wlan0: 0000   54.  -56.  -256   0 0 0 0 0 0\n")

    assert machine.wifi_dbm(tmp_path) == -56.0


def test_a_machine_without_any_of_it_says_so(tmp_path):
    asked = machine.temperature_c, machine.under_voltage, machine.wifi_dbm

    assert [ask(tmp_path) for ask in asked] == [None, None, None]


def test_memory_and_uptime_are_told_everywhere():
    assert machine.memory_mb() > 5
    assert machine.uptime_s() > 0
