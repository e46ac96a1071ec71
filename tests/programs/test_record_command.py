"""`xiaolaba record`: a human voice comes in, is judged, and takes the synthetic voice's place."""

import io
import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile

from xiaolaba.adapters.flac import decode
from xiaolaba.cli import main
from xiaolaba.settings.recordings import load_recordings

RATE = 24_000
TEXT = "验证码，唔好话畀人知。"
SYLLABLES = 9
RHYMES = f"""\
rhymes:
  - id: one
    topic: 冒充客服
    readings:
      yue: {TEXT}
      hak: 验证码莫讲畀人知。
"""
VOICES = """\
workers: 1
languages:
  yue: [{engine: recording}, {engine: espeak}]
  hak: [{engine: recording}]
"""


def voice(seconds=2.5, gain=0.4):
    """Somebody who babbles: noise that swells with every syllable, and is quiet between."""
    time = np.arange(round(RATE * seconds)) / RATE
    noise = np.random.default_rng(7).normal(0, 0.25, len(time))
    swell = np.clip(np.sin(2 * np.pi * 3.5 * time), 0.002, 1)
    return np.clip(noise * swell, -1, 1) * gain


@pytest.fixture
def house(tmp_path):
    for name, text in (
        ("config/voices.yaml", VOICES),
        ("config/sound.yaml", "before: 100ms\n"),
        ("rhymes/rhymes.yaml", RHYMES),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def taken(house: Path, wave, *words: str, name: str = "voice.wav") -> int:
    path = house / name
    if isinstance(wave, bytes):
        path.write_bytes(wave)
    else:
        soundfile.write(path, wave, RATE)
    return main(
        [
            *("record", "import", str(path), "--rhyme", "one", "--language", "yue"),
            *("--speaker", "朗读者", "--consent", "书面，2026-11-01"),
            *(f"--rhymes={house / 'rhymes'}", f"--recordings={house / 'recordings'}", *words),
        ]
    )


def wav(wave, promised: float) -> bytes:
    """A WAV file whose header promises so many times the sound that is there."""
    file = io.BytesIO()
    soundfile.write(file, wave, RATE, format="WAV", subtype="PCM_16")
    data = file.getvalue()
    at = data.index(b"data") + 4
    size = int.from_bytes(data[at : at + 4], "little")
    return data[:at] + round(size * promised).to_bytes(4, "little") + data[at + 4 :]


def synth(house: Path, capsys, *words: str):
    names = ("rhymes", "clips", "config", "recordings")
    main(["synth", *(f"--{name}={house / name}" for name in names), "--json", *words])
    return json.loads(capsys.readouterr().out)


def test_a_recording_is_kept_beside_who_spoke_and_with_whose_consent(house):
    assert taken(house, voice()) == 0

    (own,) = load_recordings(house / "recordings")
    assert (own.speaker, own.consent, own.source) == ("朗读者", "书面，2026-11-01", "voice.wav")
    assert own.text == TEXT


def test_a_recording_takes_the_place_of_the_synthetic_voice_when_asked_to(house, capsys):
    first = synth(house, capsys, "--language", "yue")
    taken(house, voice())
    capsys.readouterr()

    unasked = synth(house, capsys, "--language", "yue")
    upgraded = synth(house, capsys, "--language", "yue", "--upgrade")

    assert [first["clips"][0]["engine"], unasked["clips"][0]["engine"]] == ["espeak", "espeak"]
    assert unasked["better"] == [["one", "yue"]]
    (clip,) = upgraded["clips"]
    assert (clip["engine"], clip["voice"], clip["experimental"]) == ("recording", "朗读者", False)
    assert clip["loudness"] == pytest.approx(-16, abs=0.5)
    _, tags = decode((house / "clips" / f"{clip['hash']}.flac").read_bytes())
    assert tags["comment"] == "真人录音 human recording"


def test_a_changed_text_is_not_said_by_the_old_recording(house, capsys):
    taken(house, voice())
    capsys.readouterr()
    synth(house, capsys, "--language", "yue")
    path = house / "rhymes" / "rhymes.yaml"
    path.write_text(path.read_text().replace(TEXT, "验证码，千祈唔好话人知。"))

    (clip,) = synth(house, capsys, "--language", "yue")["clips"]

    assert clip["engine"] == "espeak"


def test_a_language_that_nobody_synthesises_waits_for_a_recording(house, capsys):
    lacking = synth(house, capsys, "--language", "hak")
    code = taken(house, voice(), "--language", "hak")
    capsys.readouterr()

    made = synth(house, capsys, "--language", "hak")

    assert "录音" in lacking["failed"][0]["why"]
    assert (code, made["made"]) == (0, 1)


def test_a_recording_that_was_exchanged_is_refused_and_the_next_voice_speaks(house, capsys):
    taken(house, voice())
    capsys.readouterr()
    soundfile.write(house / "recordings" / "one.yue.flac", voice(1.0), RATE)

    (clip,) = synth(house, capsys, "--language", "yue")["clips"]

    assert clip["engine"] == "espeak"
    assert "录音被换过或损坏" in clip["why"]


@pytest.mark.parametrize("name", ["voice.flac", "voice.mp3", "voice.ogg", "voice.aiff"])
def test_whatever_libsndfile_reads_comes_in(house, name):
    assert taken(house, voice(), name=name) == 0


LOUD = np.clip(voice() * 12, -1, 1)
TIME = np.arange(round(RATE * 2.5)) / RATE
TONE = 0.3 * np.sin(2 * np.pi * 440 * TIME)
HUM = voice() + 0.05 * np.sin(2 * np.pi * 50 * TIME) + 0.02 * np.sin(2 * np.pi * 150 * TIME)


@pytest.mark.parametrize(
    ("wave", "code", "told"),
    [
        pytest.param(b"", 1, "0 字节", id="no bytes"),
        pytest.param(b"not a sound at all", 1, "转成 WAV", id="another format"),
        pytest.param(np.zeros(RATE * 2), 1, "没有声音", id="silence"),
        pytest.param(LOUD, 1, "削波", id="clipped"),
        pytest.param(HUM, 0, "50 Hz 交流声", id="mains hum"),
        pytest.param(voice(12.0), 1, "录错了文字", id="another text, too long"),
        pytest.param(voice(0.5), 1, "没有录完", id="cut off"),
        pytest.param(wav(voice(), 2), 1, "文件不完整", id="half of what the header promises"),
        pytest.param(TONE, 1, "没有人声", id="a tone and no voice"),
        pytest.param(voice() + np.random.default_rng(1).normal(0, 0.05, len(TIME)), 0, "背景太吵",
                     id="noise"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_what_to_do(house, capsys, wave, code, told):
    assert taken(house, wave) == code
    assert told in capsys.readouterr().err
    assert len(load_recordings(house / "recordings")) == (code == 0)


def test_a_good_recording_is_taken_without_a_word(house, capsys):
    taken(house, voice())

    assert capsys.readouterr().err == ""


def test_a_recording_of_three_hours_is_refused_by_its_header(house, capsys):
    path = house / "long.flac"
    with soundfile.SoundFile(path, "w", 8_000, 1) as file:
        for _ in range(180):
            file.write(np.zeros(8_000 * 60))

    assert taken(house, path.read_bytes(), name="voice.flac") == 1
    assert "180 分钟" in capsys.readouterr().err


def test_a_grave_fault_can_be_overruled(house):
    assert taken(house, LOUD, "--anyway") == 0


def test_a_recording_is_not_replaced_by_a_slip(house, capsys):
    taken(house, voice(), "--speaker", "甲")
    before = load_recordings(house / "recordings")

    assert taken(house, voice(gain=0.3), "--speaker", "乙") == 1
    assert load_recordings(house / "recordings") == before
    said = capsys.readouterr().err
    assert "甲" in said
    assert "--replace" in said


def test_a_replaced_recording_is_told_and_kept_aside_with_its_consent(house, capsys):
    for speaker, gain in (("甲", 0.4), ("乙", 0.3), ("丙", 0.2)):
        assert taken(house, voice(gain=gain), "--speaker", speaker, "--replace") == 0

    said = capsys.readouterr().out
    (own,) = load_recordings(house / "recordings")
    aside = load_recordings(house / "recordings" / "replaced")
    assert own.speaker == "丙"
    assert [(old.speaker, old.consent) for old in aside] == [
        ("甲", "书面，2026-11-01"),
        ("乙", "书面，2026-11-01"),
    ]
    for number, old in enumerate(aside, 1):
        sound = house / "recordings" / "replaced" / f"one.yue.{number}.flac"
        assert sha256(sound.read_bytes()).hexdigest() == old.sha256
        assert str(sound) in said


def test_a_wav_whose_writer_knew_no_length_comes_in(house):
    open_end = wav(voice(), 1)
    at = open_end.index(b"data") + 4

    assert taken(house, open_end[:at] + b"\xff\xff\xff\xff" + open_end[at + 4 :]) == 0


@pytest.mark.parametrize("name", ["voice.flac", "voice.ogg", "voice.aiff"])
def test_a_file_that_was_copied_in_half_is_refused(house, name):
    path = house / "whole" / name
    path.parent.mkdir()
    soundfile.write(path, voice(3.2), RATE)
    half = path.read_bytes()[: path.stat().st_size // 2]

    assert taken(house, half, name=name) == 1
    assert load_recordings(house / "recordings") == ()


def test_a_recording_without_consent_is_taken_with_a_reminder(house, capsys):
    path = house / "voice.wav"
    soundfile.write(path, voice(), RATE)
    words = ("--rhyme", "one", "--language", "yue", "--speaker", "朗读者")
    folders = (f"--rhymes={house / 'rhymes'}", f"--recordings={house / 'recordings'}")

    assert main(["record", "import", str(path), *words, *folders]) == 0
    assert "没有写明朗读者的同意" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--speaker", "--consent", "--source"])
@pytest.mark.parametrize("word", ["", "  ", "长" * 101, "a\nb", "\udcff"], ids=ascii)
def test_who_spoke_is_written_as_a_description_takes_it_or_not_at_all(house, option, word):
    assert taken(house, voice(), option, word) == 2
    assert load_recordings(house / "recordings") == ()


@pytest.mark.parametrize("words", [("--rhyme", "none"), ("--language", "nan")])
def test_an_unknown_rhyme_or_reading_gives_2(house, words):
    assert taken(house, voice(), *words) == 2


def test_a_folder_that_cannot_take_it_is_named(house, capsys):
    (house / "recordings").write_text("in the way")

    assert taken(house, voice()) == 1
    assert "写不了" in capsys.readouterr().err


def test_a_wrong_description_is_named_with_its_place(house, capsys):
    taken(house, voice())
    path = house / "recordings" / "one.yue.yaml"
    path.write_text(path.read_text().replace("speaker:", "speeker:"))
    capsys.readouterr()

    assert main(["record", "list", f"--recordings={house / 'recordings'}"]) == 2
    assert "one.yue.yaml:3:1" in capsys.readouterr().err


def test_recordings_are_listed(house, capsys):
    taken(house, voice())
    capsys.readouterr()

    assert main(["record", "list", f"--recordings={house / 'recordings'}"]) == 0
    assert "one (yue)：朗读者；书面，2026-11-01；voice.wav" in capsys.readouterr().out


def test_recordings_come_as_json_too(house, capsys):
    folder = f"--recordings={house / 'recordings'}"
    main(["record", "list", folder, "--json"])
    before = json.loads(capsys.readouterr().out)
    taken(house, voice())
    capsys.readouterr()

    assert main(["record", "list", folder, "--json"]) == 0

    (own,) = json.loads(capsys.readouterr().out)
    assert before == []
    assert own == {
        "rhyme": "one",
        "language": "yue",
        "speaker": "朗读者",
        "consent": "书面，2026-11-01",
        "source": "voice.wav",
        "text": TEXT,
        "sha256": sha256((house / "recordings" / "one.yue.flac").read_bytes()).hexdigest(),
    }
