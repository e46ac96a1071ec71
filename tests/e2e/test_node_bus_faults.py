"""A real node process with a real broker and a clip server that come, go and lie."""

import functools
import hashlib
import json
import time

import pytest
import soundfile

from tests.node_house import NODE, House, end, loop_score, noise
from tests.station import arrived
from tests.waiting import PATIENCE, until
from xiaolaba.core.message import body_digest, body_to_bytes, body_topic, node_topic
from xiaolaba.core.units import RATE, ClipHash

CLIP, GAP = RATE // 4, RATE // 8


@pytest.fixture
def house(tmp_path, station):
    return House(tmp_path / "node", {"wav": "horn.wav"}, station.port)


@pytest.fixture
def node(house):
    with house.start({}) as process:
        yield process
        if process.poll() is None:
            process.kill()


def acknowledged(house, station):
    """Return up to which play the node is told that all are counted."""
    epoch, upto = arrived(house, station)[-1]
    station.tell("plays/ack", house.seal("programme", "ack", {"epoch": epoch, "upto": upto}))
    return upto


def test_a_node_plays_on_without_a_broker_and_delivers_every_play_afterwards(
    house, station, request
):
    clip = house.cached(noise(1, CLIP))
    start = int(time.time())
    house.remember(loop_score({clip: CLIP}, [(start * RATE, (start + 600) * RATE)], GAP))
    process = request.getfixturevalue("node")
    horn = house.folder / "horn.wav"
    until(lambda: horn.exists() and horn.stat().st_size > 3 * 2 * RATE)

    station.open()
    station.listen()
    until(lambda: station.said("state"))
    until(lambda: arrived(house, station))
    first = acknowledged(house, station)
    until(lambda: len(set(arrived(house, station))) >= 4)
    late = sorted({seq for _, seq in arrived(house, station)})
    station.close()
    until(lambda: not station.up.is_set(), "the station knows that the broker is gone")
    station.heard.clear()
    size = horn.stat().st_size
    until(lambda: horn.stat().st_size > size + 2 * 2 * RATE)
    station.open()
    until(lambda: arrived(house, station))
    upto = acknowledged(house, station)
    until(lambda: arrived(house, station)[-1][1] > upto)
    again = arrived(house, station)
    code = end(process)
    until(lambda: json.loads(station.said("state")[-1])["online"] is False)

    assert code == 0
    assert late == list(range(1, len(late) + 1))
    assert {seq for _, seq in again} >= set(range(first + 1, again[-1][1] + 1))


def test_a_lying_server_and_a_forged_playlist_are_reported_and_the_loop_plays_on(
    house, station, clips, request
):
    folder, url = clips
    sounds = [noise(seed, CLIP) for seed in (1, 2)]
    names = []
    for n, sound in enumerate(sounds):
        soundfile.write(folder / "x.flac", sound, RATE, subtype="PCM_16")
        content = (folder / "x.flac").read_bytes()
        names.append(ClipHash(hashlib.sha256(content).hexdigest()))
        (folder / f"{names[-1]}.flac").write_bytes(content if n == 0 else content[:-1] + b"?")
    start = int(time.time())
    score = loop_score(dict.fromkeys(names, CLIP), [(start * RATE, (start + 600) * RATE)], GAP)
    station.open()
    station.listen()
    assert station.up.wait(PATIENCE)
    forged = bytearray(house.playlist(score, url, revision=2))
    forged[len(forged) // 2] ^= 1

    process = request.getfixturevalue("node")
    station.tell("policy", house.policy())
    station.tell("playlist", house.playlist(score, url))
    body = body_to_bytes(score)
    station.bus.publish(body_topic(body_digest(body)), body, retain=True)
    until(lambda: arrived(house, station))
    station.tell("playlist", bytes(forged))
    until(lambda: any(code.startswith("refused-") for code in station.codes()))
    until(lambda: "clip" in station.codes())
    count = len(arrived(house, station))
    ack = house.seal("programme", "ack", {"epoch": arrived(house, station)[-1][0], "upto": 1})
    station.tell("plays/ack", ack)
    until(lambda: len(arrived(house, station)) > count)
    code = end(process)

    state = json.loads(station.said("state")[-1])
    told = [json.loads(payload) for payload in station.said("events")]
    assert code == 0
    assert state["playlist"] == {"generation": 1, "revision": 1}
    assert any(e["code"] == "clip" and "SHA-256" in e["detail"] for e in told)
    assert [path.name[:64] for path in (house.state / "cache").glob("*.pcm")] == [names[0]]


def test_five_megabytes_and_a_thousand_malformed_messages_are_refused_and_the_loop_plays_on(
    house, station, request
):
    clip = house.cached(noise(5, CLIP))
    start = int(time.time())
    score = loop_score({clip: CLIP}, [(start * RATE, (start + 600) * RATE)], GAP)
    house.remember(score)
    station.open()
    station.listen()
    assert station.up.wait(PATIENCE)
    process = request.getfixturevalue("node")
    until(lambda: arrived(house, station))

    station.tell("playlist", b"x" * 5_000_000)
    until(lambda: "refused-too-large" in station.codes())
    for n in range(1000):
        leaf = ("policy", "hold", "playlist", "plays/ack")[n % 4]
        until(functools.partial(station.bus.publish, node_topic(NODE, leaf), b"%d" % n))
    until(lambda: "refused-malformed" in station.codes())
    ack = house.seal("programme", "ack", {"epoch": arrived(house, station)[-1][0], "upto": 1})
    station.tell("plays/ack", ack)
    before = arrived(house, station)[-1]
    until(lambda: arrived(house, station)[-1] > before)

    assert station.codes().count("refused-malformed") < 10
    assert end(process) == 0
