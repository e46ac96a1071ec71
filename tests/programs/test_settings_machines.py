"""daemon.yaml and node.yaml become settings, or every problem is told."""

from pathlib import Path

import pytest

from tests.messages import URLS_WITHOUT_A_SERVER
from xiaolaba.core.errors import ConfigError
from xiaolaba.core.units import Seconds
from xiaolaba.settings import ClockTrust, load_daemon, load_node
from xiaolaba.settings.node import MixerSettings, SoundSettings

CONFIG = Path("config")


def told(error: ConfigError) -> list[str]:
    return [f"{p.line}:{p.column} {p.en}" for p in error.problems]


def test_the_example_of_the_daemon_is_read_relative_to_its_folder():
    settings = load_daemon(CONFIG / "daemon.yaml")

    assert settings.state == Path("config/../state")
    assert settings.clips.folder == Path("config/../audio/clips")
    assert settings.clips.url == "http://127.0.0.1:8080/clips/"
    assert settings.broker.embedded
    assert settings.clock is ClockTrust.KERNEL


def test_the_example_of_a_node_is_read():
    settings = load_node(CONFIG / "node.yaml")

    assert settings.id == "jinxiu-gate"
    assert settings.broker.host == "192.168.1.10"
    assert settings.identity == Path("/etc/xiaolaba/identity")
    assert settings.sound.device == "default"
    assert settings.cache == 2_000_000_000


def test_what_is_left_out_has_a_default(tmp_path):
    path = tmp_path / "daemon.yaml"
    path.write_text("state: s\nrhymes: r\nclips: {folder: c, port: 9000}\n")

    settings = load_daemon(path)

    assert settings.clips.url == "http://127.0.0.1:9000/clips/"
    assert settings.broker.address.port == 1883


def test_a_url_that_no_node_would_read_is_told(tmp_path):
    path = tmp_path / "daemon.yaml"
    url = "http://h/" + "x" * 200
    path.write_text(f"state: s\nrhymes: r\nclips: {{folder: c, url: '{url}'}}\n")

    with pytest.raises(ConfigError) as caught:
        load_daemon(path)

    assert told(caught.value) == ["3:25 a URL has at most 180 characters"]


@pytest.mark.parametrize("url", URLS_WITHOUT_A_SERVER)
def test_a_url_whose_host_or_port_cannot_be_is_told(tmp_path, url):
    path = tmp_path / "daemon.yaml"
    path.write_text(f"state: s\nrhymes: r\nclips: {{folder: c, url: '{url}'}}\n")

    with pytest.raises(ConfigError) as caught:
        load_daemon(path)

    (line,) = told(caught.value)
    assert line.startswith("3:25")
    assert "is not a URL" in line


def test_everything_wrong_with_a_node_is_told_at_once(tmp_path):
    path = tmp_path / "node.yaml"
    path.write_text(
        "id: Gate\nbroker: {port: 70000}\nidentity: i\nsond: {}\n"
        "sound: {device: a, wav: b}\nclock: {trust: ntp}\ncache: {budget: 2}\n"
    )

    with pytest.raises(ConfigError) as caught:
        load_node(path)

    assert told(caught.value) == [
        "1:1 'state' is missing",
        "1:5 'Gate' is not an id: a-z, 0-9 and '-', a letter or digit first, 32 at most",
        "2:9 'host' is missing",
        "2:16 a whole number from 1 to 65535 is wanted, not '70000'",
        "4:1 unknown key 'sond' (did you mean 'sound'?)",
        "5:25 write either device or wav, not both",
        "6:16 'ntp' is not one of kernel, rtc, host",
        "7:17 '2' is not a size such as 2GB",
    ]


NODE = "id: gate\nbroker: {host: h}\nidentity: own\nstate: s\n"


def test_another_nodes_identity_is_told_at_its_place(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "id").write_text("yard\n")
    (tmp_path / "node.yaml").write_text(NODE)

    with pytest.raises(ConfigError, match=r"node\.yaml:3:11: 这份身份是 'yard' 的，不是 'gate' 的"):
        load_node(tmp_path / "node.yaml")


@pytest.mark.parametrize("written", ["gate\n", None], ids=["its own", "nobody's"])
def test_an_identity_that_does_not_contradict_is_taken(tmp_path, written):
    (tmp_path / "own").mkdir()
    if written is not None:
        (tmp_path / "own" / "id").write_text(written)
    (tmp_path / "node.yaml").write_text(NODE)

    assert load_node(tmp_path / "node.yaml").identity == tmp_path / "own"


def test_a_missing_file_is_told_with_its_name(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml:1:1: 没有这个文件 / no such file"):
        load_daemon(tmp_path / "nowhere.yaml")


def test_a_cards_volume_and_the_pace_of_reports_are_read(tmp_path):
    path = tmp_path / "node.yaml"
    path.write_text(
        "id: gate\nbroker: {host: h}\nidentity: i\nstate: s\n"
        "mixer: {volume: 80}\nreport: {every: 30s}\n"
    )

    settings = load_node(path)

    assert settings.mixer == MixerSettings("default", "PCM", 80)
    assert settings.report == 30.0


def test_what_an_amplifier_needs_to_wake_up_is_read(tmp_path):
    path = tmp_path / "node.yaml"
    text = "id: gate\nbroker: {host: h}\nidentity: i\nstate: s\nsound: {wake: 300ms}\n"
    path.write_text(text)

    assert load_node(path).sound == SoundSettings("default", None, Seconds(0.3))
    assert load_node(CONFIG / "node.yaml").sound.wake == Seconds(0.0)


@pytest.mark.parametrize("wake", ["5.1s", "300", "-1s"])
def test_an_amplifier_that_wakes_for_ever_is_told_with_its_place(tmp_path, wake):
    path = tmp_path / "node.yaml"
    path.write_text(
        f"id: gate\nbroker: {{host: h}}\nidentity: i\nstate: s\nsound:\n  wake: {wake}\n"
    )

    with pytest.raises(ConfigError, match=r"node\.yaml:6:9: .*时长.* / .*duration"):
        load_node(path)


def test_a_volume_beyond_its_range_is_told(tmp_path):
    path = tmp_path / "node.yaml"
    text = "id: gate\nbroker: {host: h}\nidentity: i\nstate: s\nmixer: {volume: 101}\n"
    path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        load_node(path)

    assert told(caught.value) == ["5:17 a whole number from 0 to 100 is wanted, not '101'"]
