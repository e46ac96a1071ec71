"""`xiaolaba synth` as an operator runs it, with the espeak-ng voice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VOICES = """
workers: 1
languages:
  cmn: [{engine: espeak}]
  yue: [{engine: espeak}]
"""
RHYMES = """
rhymes:
  - id: one
    topic: 冒充客服
    audience: all
    readings:
      cmn: 屏幕共享一打开，密码钱财全出来。
      yue: 验证码，唔好话畀人知。
"""


@pytest.fixture
def house(tmp_path):
    """A folder with rhymes and a configuration that needs no model."""
    return built(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Such a folder with its clips made, and what was said of them."""
    house = built(tmp_path_factory.mktemp("made"))
    return house, synth(house, "--json")


def built(tmp_path: Path) -> Path:
    for name, text in (
        ("config/voices.yaml", VOICES),
        ("config/sound.yaml", "before: 100ms\nafter: 100ms\n"),
        ("rhymes/rhymes.yaml", RHYMES),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def synth(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    folders = [f"--{name}={house / name}" for name in ("rhymes", "clips", "config")]
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts/synthesize.py"), *folders, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=house,
    )


def add(house: Path, text: str) -> None:
    path = house / "rhymes" / "rhymes.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_clips_are_made_once_and_not_again(made):
    house, first = made
    stamps = {path.name: path.stat().st_mtime_ns for path in (house / "clips").iterdir()}

    second = synth(house, "--json")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert (json.loads(first.stdout)["made"], json.loads(second.stdout)["made"]) == (2, 0)
    clips = json.loads(second.stdout)["clips"]
    assert all(clip["experimental"] and clip["engine"] == "espeak" for clip in clips)
    assert all(abs(clip["loudness"] + 16) <= 0.5 and clip["peak"] <= -1 for clip in clips)
    assert {path.name: path.stat().st_mtime_ns for path in (house / "clips").iterdir()} == stamps


def test_an_unchanged_library_needs_no_heavy_library(made):
    house, _ = made
    heavy = ["numpy", "onnxruntime", "pypinyin", "ToJyutping", "scipy", "soundfile", "pydub"]
    program = f"""
import sys
for name in {heavy}:
    sys.modules[name] = None
from xiaolaba.cli import main
sys.exit(main(["synth", "--rhymes", "rhymes", "--clips", "clips", "--config", "config"]))
"""
    again = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=house,
    )

    assert again.returncode == 0, again.stderr
    assert "made 0" in again.stdout


def test_a_dry_run_shows_the_sounds_and_makes_nothing(house):
    shown = synth(house, "--dry-run", "--language", "yue")

    assert shown.returncode == 0
    assert "jim6 zing3 maa5" in shown.stdout
    assert "cmn" not in shown.stdout
    assert not (house / "clips").exists()


def test_one_rhyme_that_cannot_be_said_gives_3_and_the_rest_is_made(house):
    add(
        house,
        "  - {id: smile, topic: 冒充客服, audience: all, readings: {cmn: '别信😀'}}\n"
        "  - {id: hakka, topic: 冒充客服, audience: all, readings: {hak: 莫信}}\n",
    )

    done = synth(house, "--json")

    result = json.loads(done.stdout)
    assert done.returncode == 3
    assert result["made"] == 2
    assert {failure["rhyme"] for failure in result["failed"]} == {"smile", "hakka"}
    assert "smile (cmn): 读不出的字符" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("''", "rhymes.yaml:9:", id="a rhyme without text"),
        pytest.param("信" * 10_000, "10000", id="ten thousand characters"),
    ],
)
def test_a_wrong_file_is_named_with_its_place_and_gives_2(house, text, told):
    add(house, f"  - {{id: two, topic: 客服, audience: all, readings: {{cmn: {text}}}}}\n")

    done = synth(house)

    assert done.returncode == 2
    assert told in done.stderr
    assert not (house / "clips").exists()


def test_an_unknown_engine_rhyme_or_language_gives_2(house):
    assert synth(house, "--only", "nobody").returncode == 2
    assert synth(house, "--language", "hak").returncode == 2
    (house / "config" / "voices.yaml").write_text("languages: {cmn: [{engine: espaek}]}\n")

    done = synth(house)

    assert done.returncode == 2
    assert "espeak" in done.stderr
    assert "voices.yaml:1:" in done.stderr


def test_a_folder_that_cannot_be_written_gives_1_and_is_named(house):
    (house / "clips").write_text("in the way")

    done = synth(house)

    assert done.returncode == 1
    assert f"{house / 'clips'}：不能读写" in done.stderr


def test_a_lost_model_is_replaced_by_the_next_voice_and_the_reason_stays(house):
    engines = ["recording", "kokoro, voice: zf_gone", "edge", "espeak"]
    wanted = ", ".join(f"{{engine: {engine}}}" for engine in engines)
    (house / "config" / "voices.yaml").write_text(f"workers: 1\nlanguages: {{cmn: [{wanted}]}}\n")

    done = synth(house, "--language", "cmn", "--json")

    (clip,) = json.loads(done.stdout)["clips"]
    assert done.returncode == 0
    assert clip["engine"] == "espeak"
    assert "recording" not in clip["why"]
    assert "kokoro: 没有音色 zf_gone" in clip["why"]
    assert "edge: voices.yaml 里 online: false" in clip["why"]
    assert "kokoro: " in done.stderr


def test_any_python_would_make_all_shipped_rhymes_with_the_shipped_configuration(tmp_path):
    bare = Path(sys.base_prefix) / "bin" / "python3"
    done = subprocess.run(
        [
            *(str(bare), str(ROOT / "scripts/synthesize.py"), "--dry-run", "--json"),
            f"--clips={tmp_path}",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ,
    )

    result = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert result["wanted"] >= 48
