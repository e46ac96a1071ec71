"""A real node whose disk is full: it plays on, says so, and has lost nothing when there is room."""

import hashlib
import json
import subprocess
import sys
import time

import pytest
import soundfile

from tests.node_heard import (
    CLIP,
    GAP,
    heard_after,
    plays,
    turns,
    whole_plays,
    worst,
)
from tests.node_house import ROOT, House, end, loop_score, noise
from tests.station import arrived
from tests.waiting import PATIENCE, until
from xiaolaba.adapters.saved_state import SavedState
from xiaolaba.core.message import body_digest, body_to_bytes, body_topic
from xiaolaba.core.units import RATE, ClipHash


@pytest.fixture
def house(tmp_path, station):
    return House(tmp_path / "node", {"device": "horn"}, station.port)


def clip_on_server(folder, samples):
    soundfile.write(folder / "x.flac", samples, RATE, subtype="PCM_16")
    content = (folder / "x.flac").read_bytes()
    clip = ClipHash(hashlib.sha256(content).hexdigest())
    (folder / f"{clip}.flac").write_bytes(content)
    return clip


def store_troubles(station):
    told = [json.loads(payload) for payload in station.said("events")]
    return [event["detail"] for event in told if event["code"] == "store"]


def test_fault_a_disk_that_is_full_silences_nothing_and_costs_no_play_no_clip_and_no_playlist(
    house, horn, run, clip, fate, station, clips
):
    samples, start = clip
    folder, url = clips
    station.open()
    station.listen()
    assert station.up.wait(PATIENCE)
    process = run(fate.environment)
    until(lambda: len(heard_after(horn, samples, 0)) >= 3)
    until(lambda: arrived(house, station))

    fate.fill_disk()
    full, known = time.time(), plays(house)
    fresh = noise(9, CLIP)
    both = dict.fromkeys((*house.clips, clip_on_server(folder, fresh)), CLIP)
    score = loop_score(both, [(start * RATE, (start + 600) * RATE)], GAP)
    body, sealed = body_to_bytes(score), house.playlist(score, url, revision=2)
    station.tell("playlist", sealed)
    station.bus.publish(body_topic(body_digest(body)), body, retain=True)
    until(lambda: store_troubles(station))
    until(lambda: len(heard_after(horn, samples, full + 3)) >= 3)
    written = plays(house)
    fate.free_disk()
    until(lambda: heard_after(horn, fresh, full))
    until(lambda: len(plays(house)) > len(written) + 5)
    code = end(process)

    whole = whole_plays(horn, samples, time.time()) + whole_plays(horn, fresh, time.time())
    heard = sorted(turns(whole, start))
    counted = turns([ms / 1000 for ms in plays(house)], start)
    assert code == 0
    assert len(written) <= len(known) + 1
    assert counted in (heard, heard[:-1])
    assert worst(sorted(whole), start) <= 0.02
    assert SavedState(house.state / "saved").load("playlist") == sealed + b"\n" + body


def test_fault_a_decoder_that_finds_the_disk_full_says_so_and_blames_no_clip(house, fate, tmp_path):
    clip = tmp_path / f"{clip_on_server(tmp_path, noise(9, CLIP))}.flac"
    target = house.state / "cache" / "clip.new"
    target.touch()
    command = [sys.executable, "-m", "xiaolaba.adapters.decode", str(clip), str(target)]
    fate.fill_disk()

    path = {"PYTHONPATH": str(ROOT / "daemon"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, env={**path, **fate.environment}, capture_output=True, check=False
    )

    assert (done.returncode, b"No space left" in done.stderr) == (4, True)


def test_fault_a_node_that_starts_on_a_full_disk_plays_and_keeps_what_it_had_written(
    house, horn, run, clip, fate
):
    samples, start = clip
    first = run(fate.environment)
    until(lambda: len(heard_after(horn, samples, 0)) >= 3)
    assert end(first) == 0
    known = plays(house)

    fate.fill_disk()
    full = time.time()
    second = run(fate.environment)
    until(lambda: len(heard_after(horn, samples, full)) >= 3)
    assert end(second) == 0
    fate.free_disk()

    assert len(known) >= 1
    assert plays(house) == known
    assert worst(heard_after(horn, samples, full), start) <= 0.02
    assert list(house.state.glob("*.damaged-*")) == []
