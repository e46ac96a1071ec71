"""Whole batches with worker processes, on a voice that hums."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.waiting import runs, until
from xiaolaba.adapters.clip_folder import KEPT_S, ClipFolder
from xiaolaba.core.errors import StoreError
from xiaolaba.core.library import Clip
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.sim.voices import shop
from xiaolaba.synth import batch
from xiaolaba.synth.plan import Failure, Plan

CMN, YUE = Language("cmn"), Language("yue")


def rhyme(name: str, text: str = "莫轻信", *languages: Language) -> Rhyme:
    readings = tuple(Reading(language, text) for language in languages or (CMN,))
    return Rhyme(RhymeId(name), "诈骗", frozenset({Audience.ALL}), readings)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.flac")}


def test_a_batch_makes_every_reading_and_a_second_one_nothing(tmp_path):
    rhymes = [rhyme("one", "莫轻信", CMN, YUE), rhyme("two", "别转账")]
    first = batch.run(rhymes, shop(tmp_path))
    before = files(tmp_path)

    second = batch.run(rhymes, shop(tmp_path))

    assert len(first.made) == 3
    assert (second.made, len(second.plan.kept)) == ((), 3)
    assert files(tmp_path) == before
    assert {clip.hash + ".flac" for clip in second.library.clips.values()} == set(before)


def test_each_clip_is_told_once_it_is_in_the_manifest(tmp_path):
    news: list[batch.News] = []

    def tell(told: batch.News) -> None:
        if isinstance(told, Clip):
            listed, _ = shop(tmp_path).shelf.library()
            assert listed.clip(told.rhyme, told.language) == told
        news.append(told)

    batch.run([rhyme("one"), rhyme("two")], shop(tmp_path), tell=tell)

    assert isinstance(news[0], Plan)
    assert {told.rhyme for told in news if isinstance(told, Clip)} == {"one", "two"}


def test_one_bad_rhyme_does_not_stop_the_rest(tmp_path):
    rhymes = [rhyme("hoarse", "坏"), rhyme("smile", "笑😀"), rhyme("fine")]

    report = batch.run(rhymes, shop(tmp_path))

    assert [clip.rhyme for clip in report.made] == ["fine"]
    assert {failure.rhyme for failure in report.failures} == {"hoarse", "smile"}
    assert all(" / " in failure.why for failure in report.failures)


def test_a_worker_that_is_killed_costs_its_own_rhyme_only(tmp_path):
    rhymes = [rhyme("one"), rhyme("deadly", "崩"), rhyme("two"), rhyme("three")]

    report = batch.run(rhymes, shop(tmp_path))

    assert {clip.rhyme for clip in report.made} == {"one", "two", "three"}
    (failure,) = report.failures
    assert failure.rhyme == "deadly"
    assert "SIGKILL" in failure.why


def test_the_next_voice_takes_over_and_the_clip_says_why(tmp_path):
    surroundings = shop(tmp_path, engines=("first", "second"))
    first, second = surroundings.offers[CMN]
    broken = {CMN: (_troubled(first), second)}

    report = batch.run([rhyme("one")], _offering(surroundings, broken))

    (clip,) = report.made
    assert clip.engine == "second"
    assert clip.why == "first: no model"


def test_a_changed_text_that_cannot_be_made_takes_its_old_clip_out(tmp_path):
    batch.run([rhyme("one"), rhyme("two")], shop(tmp_path))

    report = batch.run([rhyme("one", "坏"), rhyme("two")], shop(tmp_path))

    listed, _ = shop(tmp_path).shelf.library()
    assert [failure.rhyme for failure in report.failures] == ["one"]
    assert [clip.rhyme for clip in listed.clips.values()] == ["two"]


def test_a_damaged_clip_and_a_damaged_manifest_are_noticed_and_made_again(tmp_path):
    made = batch.run([rhyme("one"), rhyme("two")], shop(tmp_path)).made
    whole = files(tmp_path)
    (tmp_path / f"{made[0].hash}.flac").write_bytes(b"fLaC")
    repaired = batch.run([rhyme("one"), rhyme("two")], shop(tmp_path))
    assert [clip.hash for clip in repaired.made] == [made[0].hash]

    (tmp_path / "manifest.json").write_text('{"v": 1, "clips": [', encoding="utf-8")
    _, damage = shop(tmp_path).shelf.library()
    again = batch.run([rhyme("one"), rhyme("two")], shop(tmp_path))

    assert "manifest.json" in damage
    assert len(again.made) == 2
    assert files(tmp_path) == whole


def test_a_language_without_a_voice_is_told(tmp_path):
    report = batch.run([rhyme("one", "你好", Language("hak"))], shop(tmp_path))

    assert isinstance(report.failures[0], Failure)
    assert "录音" in report.failures[0].why


def test_a_cancelled_batch_keeps_what_is_made(tmp_path):
    made: list[Clip] = []

    report = batch.run(
        [rhyme(f"r{number}") for number in range(30)],
        shop(tmp_path, workers=1),
        tell=lambda told: made.append(told) if isinstance(told, Clip) else None,
        cancelled=lambda: len(made) >= 3,
    )

    assert 3 <= len(report.made) < 30
    assert shop(tmp_path).shelf.library()[0] == report.library


def test_two_batches_never_write_at_once(tmp_path):
    with shop(tmp_path).shelf.writing(), pytest.raises(StoreError, match="another batch"):
        batch.run([rhyme("one")], shop(tmp_path))


def test_a_batch_killed_in_the_middle_is_finished_by_the_next_byte_for_byte(tmp_path):
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    rhymes = [rhyme(f"r{number:02}") for number in range(40)]
    killed = subprocess.Popen([sys.executable, "-c", BATCH, str(cut)])
    until(lambda: len(files(cut)) >= 1 and (cut / "manifest.json").exists())
    workers = _children(killed.pid)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    until(lambda: not any(runs(worker) for worker in workers))

    before = shop(cut).shelf.library()[0].clips
    batch.run(rhymes, shop(cut))
    batch.run(rhymes, shop(whole))

    assert len(before) < 40
    assert all(f"{clip.hash}.flac" in files(whole) for clip in before.values())
    assert files(cut) == files(whole)
    assert shop(cut).shelf.library() == shop(whole).shelf.library()
    assert not list(cut.glob("*.part"))


BATCH = """
import signal
import sys
from pathlib import Path
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.sim.voices import shop
from xiaolaba.synth import batch

if __name__ == "__main__":
    rhymes = [
        Rhyme(f"r{n:02}", "诈骗", frozenset({Audience.ALL}), (Reading("cmn", "莫轻信"),))
        for n in range(40)
    ]
    told = []

    def tell(_):
        told.append(_)
        if len(told) == 20:
            signal.pause()  # nobody is so late that all is made

    batch.run(rhymes, shop(Path(sys.argv[1]), workers=1), tell=tell)
"""


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _troubled(offer):
    return replace(offer, trouble="no model")


def _offering(surroundings, offers):
    return replace(surroundings, offers=offers)


def test_what_comes_after_each_reading_is_said_with_it_and_decides_its_key(tmp_path):
    plain = shop(tmp_path / "plain")
    tailed = replace(shop(tmp_path / "tailed"), after=(Reading(CMN, "请打电话"),))

    (one,) = batch.run([rhyme("one", "别转账")], plain).made
    (two,) = batch.run([rhyme("one", "别转账")], tailed).made

    assert two.samples > one.samples
    assert two.key != one.key


def test_a_tail_that_cannot_be_said_is_told_with_every_reading_of_its_language(tmp_path):
    broken = replace(shop(tmp_path), after=(Reading(CMN, "😀"),))

    report = batch.run([rhyme("one", "别转账", CMN, YUE)], broken)

    assert [clip.language for clip in report.made] == [YUE]
    assert "读不出" in report.failures[0].why


def test_replaced_clips_stay_for_forty_days_and_none_in_use_goes(tmp_path):
    shelf = ClipFolder(tmp_path)
    batch.run([rhyme("one"), rhyme("two")], shop(tmp_path))
    report = batch.run([rhyme("one", "别转账"), rhyme("two")], shop(tmp_path))
    used = {clip.hash + ".flac" for clip in report.library.clips.values()}

    assert shelf.tidy(1_000_000) == 0
    assert shelf.tidy(1_000_000 + KEPT_S - 1) == 0
    assert len(files(tmp_path)) == 3
    assert shelf.tidy(1_000_000 + KEPT_S) == 1
    assert set(files(tmp_path)) == used


def test_a_clip_that_comes_back_into_use_is_kept(tmp_path):
    shelf = ClipFolder(tmp_path)
    batch.run([rhyme("one")], shop(tmp_path))
    batch.run([rhyme("one", "别转账")], shop(tmp_path))
    shelf.tidy(1_000_000)
    batch.run([rhyme("one")], shop(tmp_path))
    shelf.tidy(2_000_000)

    assert shelf.tidy(1_000_000 + KEPT_S) == 0
    assert len(files(tmp_path)) == 2


def test_a_rhyme_that_is_gone_is_forgotten_when_asked_to(tmp_path):
    batch.run([rhyme("one"), rhyme("two")], shop(tmp_path))

    ClipFolder(tmp_path).tidy(0, frozenset({(RhymeId("one"), CMN)}))

    listed, _ = ClipFolder(tmp_path).library()
    assert [name for name, _ in listed.clips] == ["one"]
    assert len(files(tmp_path)) == 2


def test_a_damaged_manifest_sweeps_nothing(tmp_path):
    batch.run([rhyme("one")], shop(tmp_path))
    (tmp_path / "manifest.json").write_text("{")

    for now in (0, KEPT_S):
        assert ClipFolder(tmp_path).tidy(now) == 0
    assert len(files(tmp_path)) == 1
