"""The page to listen to: one file that holds everything."""

import base64
import io
import re

import numpy as np
import pytest
import soundfile

from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.adapters.flac import encode
from xiaolaba.cli.rhymes.synth_report import write
from xiaolaba.core.errors import StoreError
from xiaolaba.core.library import Clip, library
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.speech.approval import Approval
from xiaolaba.core.units import RATE, ClipHash, Language, RhymeId, Samples

CMN, YUE = Language("cmn"), Language("yue")
READINGS = (Reading(CMN, "别信<b>，有诈。"), Reading(YUE, "唔好信，有古惑。"))
RHYME = Rhyme(RhymeId("one"), "诈骗", frozenset({Audience.ALL}), READINGS)


@pytest.fixture
def folder(tmp_path):
    shelf = ClipFolder(tmp_path / "clips")
    tone = np.round(8_000 * np.sin(np.arange(2 * RATE) * 0.05)).astype("<i2").tobytes()
    with shelf.writing():
        name = shelf.put(encode(tone, {"title": "one"}))
        figures = ("kokoro-yue", "zf", "k" * 64, True, -16.04, -1.21, "recording: <none>")
        shelf.save(library([Clip(RHYME.id, YUE, name, Samples(2 * RATE), *figures)]))
    return shelf


def page(folder, approvals=()):
    path = folder.folder.parent / "report.html"
    return write(path, [RHYME], folder, approvals), path.read_text(encoding="utf-8")


def test_every_reading_is_there_with_its_sounds_figures_and_player(folder):
    count, html = page(folder)

    assert count == 1
    assert "m4 hou2 seon3" in html
    assert "2.0 s · -16.0 LUFS · -1.2 dBTP" in html
    assert "实验，未认可" in html
    assert "还没有音频" in html
    assert html.count("<svg") == html.count("<audio") == 1


def test_the_player_holds_the_very_sound(folder):
    _, html = page(folder)
    (sound,) = re.findall(r'src="data:audio/ogg;base64,([^"]+)"', html)

    wave, rate = soundfile.read(io.BytesIO(base64.b64decode(sound)))

    assert len(wave) / rate == pytest.approx(2.0, abs=0.05)


def test_nothing_is_loaded_from_elsewhere_and_nothing_written_is_taken_for_markup(folder):
    _, html = page(folder)

    assert not re.search(r'(?:src|href)="(?!data:)', html)
    assert "<b>" not in html
    assert "<none>" not in html


def test_an_approved_clip_says_so(folder):
    clip = folder.library()[0].clip(RHYME.id, YUE)

    _, html = page(folder, [Approval(RHYME.id, YUE, clip.hash, "朗读者", 1)])

    assert "实验，已认可" in html


def test_a_damaged_clip_is_said_to_be(folder):
    clip = folder.library()[0].clip(RHYME.id, YUE)
    folder.path(ClipHash(clip.hash)).write_bytes(b"fLaC")

    _, html = page(folder)

    assert "音频损坏" in html


def test_a_place_that_cannot_be_written_is_named(folder):
    with pytest.raises(StoreError, match="写不了"):
        write(folder.folder / "none" / "x.html", [RHYME], folder, [])
