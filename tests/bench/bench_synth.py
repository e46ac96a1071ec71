"""What synthesis costs: against the model's own time, when nothing changed, in memory; how even.

*Cold synthesis* makes clips of the first shipped Mandarin rhymes into an
empty folder, with a worker on every core. *Bare* is the same phonemes run
through the same model by as many processes, with nothing before or after;
it is measured before and after, for a machine that others use as well.
The loudness is that of every engine on the same rhymes.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from tests.bench.figures import Figure
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.adapters.kokoro import Kokoro
from xiaolaba.cli.rhymes.workshop import open_shop
from xiaolaba.core.library import Clip, library
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.units import Language, RhymeId, Samples
from xiaolaba.ports.voice import Utterance
from xiaolaba.settings.rhymes import load_rhymes
from xiaolaba.synth import batch
from xiaolaba.synth.plan import Plan

ROOT = Path(__file__).parents[2]
CMN, YUE = Language("cmn"), Language("yue")
COLD = 24
"""Rhymes made cold; with so many a worker's start weighs as in a real batch."""
UNCHANGED = 200
CLIP_BYTES = 250_000
"""About the size of a clip."""
EACH = 6
"""Rhymes by each engine for the loudness."""
ENGINES = {CMN: ("kokoro", "espeak"), YUE: ("kokoro-yue", "espeak")}


def measure() -> list[Figure]:
    """Make clips, then time what does not make any."""
    rhymes = list(load_rhymes(ROOT / "audio/rhymes").values())
    return [*_cold(rhymes[:COLD]), *_unchanged(rhymes), *_even(rhymes[:EACH])]


def _cold(rhymes: list[Rhyme]) -> Iterable[Figure]:
    """Yield cold synthesis ÷ bare inference, in time and in processor seconds."""
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(ROOT / "config", Path(folder))
        proposed = batch.propose(rhymes, shop, [CMN])
        bare, bare_work = _bare(proposed, shop.workers)
        before, began = _work(), time.perf_counter()
        made = batch.run(rhymes, shop, [CMN]).made
        took, work = time.perf_counter() - began, _work() - before
        again, work_again = _bare(proposed, shop.workers)
        bare, bare_work = (bare + again) / 2, (bare_work + work_again) / 2
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    seconds = sum(clip.samples for clip in made) / 48_000
    yield Figure(f"cold synthesis of {len(made)} clips", took, "s")
    yield Figure(f"... ÷ bare inference, {shop.workers} workers", took / bare, "x", most=1.15)
    yield Figure("... in processor time", work / bare_work, "x", most=1.15)
    yield Figure("seconds of sound a second", seconds / took, "x")
    yield Figure("RSS of a worker with the Mandarin model", peak, "MB")


def _bare(proposed: Plan, workers: int) -> tuple[float, float]:
    """Return the time of inference alone, each process's share at once, and its processor time."""
    said = [
        Utterance(CMN, job.said.text, job.said.phonemes, job.offers[0].rate)
        for job in proposed.jobs
    ]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        list(pool.map(_infer, [said[:1]] * workers))
        shares = [said[k::workers] for k in range(workers)]
        found = list(pool.map(_infer, shares))
    return max(took for took, _ in found), sum(work for _, work in found)


_LOADED: list[Kokoro] = []


def _infer(said: list[Utterance]) -> tuple[float, float]:
    """Return how long the loaded model takes to say it all, by the clock and the processor."""
    if not _LOADED:
        _LOADED.append(Kokoro())
        _LOADED[0].synthesize(said[0])
    began, work = time.perf_counter(), time.process_time()
    for utterance in said:
        _LOADED[0].synthesize(utterance)
    return time.perf_counter() - began, time.process_time() - work


def _work() -> float:
    """Return the processor seconds of this process and its ended children."""
    own, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, -1))
    return own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime


def _unchanged(shipped: list[Rhyme]) -> Iterable[Figure]:
    """Yield how long the command takes that finds nothing to make."""
    with tempfile.TemporaryDirectory() as name:
        house = Path(name)
        rhymes = [_numbered(shipped[k % len(shipped)], k) for k in range(UNCHANGED)]
        _pretend(rhymes, house)
        command = [sys.executable, "-m", "xiaolaba", "synth", "--json"]
        command += [f"--rhymes={house / 'rhymes'}", f"--clips={house / 'clips'}"]
        took, found = [], {}
        for _ in range(3):
            began = time.perf_counter()
            done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env=_env())
            took.append(time.perf_counter() - began)
            found = json.loads(done.stdout)
    yield Figure(f"unchanged library of {len(found['clips'])} clips", min(took), "s", most=1.0)
    yield Figure("... clips made", found["made"], "", most=0)


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "daemon")}


def _numbered(rhyme: Rhyme, number: int) -> Rhyme:
    """Return a rhyme of its own made from a shipped one."""
    readings = tuple(
        Reading(own.language, f"第{number}条。{own.text}", own.say) for own in rhyme.readings
    )
    return replace(rhyme, id=RhymeId(f"rhyme-{number}"), readings=readings)


def _pretend(rhymes: list[Rhyme], house: Path) -> None:
    """Write rhymes, and noise for clips, as a batch would have left them."""
    (house / "rhymes").mkdir()
    rows = [_row(rhyme) for rhyme in rhymes]
    (house / "rhymes" / "rhymes.yaml").write_text(
        json.dumps({"rhymes": rows}, ensure_ascii=False, indent=1)
    )
    shop, shelf = open_shop(ROOT / "config", house / "clips"), ClipFolder(house / "clips")
    loaded = load_rhymes(house / "rhymes").values()
    with shelf.writing():
        clips = []
        for job in batch.propose(loaded, shop).jobs:
            name, offer = shelf.put(os.urandom(CLIP_BYTES)), job.offers[0]
            clip = Clip(
                job.rhyme,
                job.language,
                name,
                Samples(300_000),
                offer.engine,
                offer.voice,
                job.keys[0],
                offer.experimental,
                loudness=-16.0,
                peak=-1.0,
            )
            clips.append(clip)
        shelf.save(library(clips))
        shelf.remember(shop.reader.used)


def _row(rhyme: Rhyme) -> dict[str, object]:
    readings = {
        own.language: {"text": own.text, **({"say": dict(own.say)} if own.say else {})}
        for own in rhyme.readings
    }
    return {"id": rhyme.id, "topic": rhyme.topic, "readings": readings}


def _even(rhymes: list[Rhyme]) -> Iterable[Figure]:
    """Yield how loud every engine's clips are, and what a worker takes that has both models."""
    found: list[float] = []
    peaks: list[float] = []
    for language, engines in ENGINES.items():
        for engine in engines:
            with tempfile.TemporaryDirectory() as folder:
                shop = open_shop(ROOT / "config", Path(folder))
                offers = [own for own in shop.offers[language] if own.engine == engine]
                one = replace(shop, offers={language: offers}, workers=1)
                made = batch.run(rhymes, one, [language]).made
                found += [clip.loudness for clip in made]
                peaks += [clip.peak for clip in made]
    with tempfile.TemporaryDirectory() as folder:
        batch.run(rhymes[:1], replace(open_shop(ROOT / "config", Path(folder)), workers=1))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    yield Figure(f"loudness, sd over {len(found)} clips", statistics.pstdev(found), "LU")
    yield Figure("... range", max(found) - min(found), "LU", most=1.0)
    yield Figure("... farthest from -16", max(abs(own + 16) for own in found), "LU", most=0.5)
    yield Figure("highest true peak", max(peaks), "dBTP", most=-1.0)
    yield Figure("RSS of a worker with both models", peak, "MB")
