"""`xiaolaba voices`: the engines of each language in their order, each with its health."""

import json

import pytest

from xiaolaba.cli import main

VOICES = """\
languages:
  cmn: [{engine: recording}, {engine: edge}, {engine: kokoro, voice: zf_gone}, {engine: espeak}]
  hak: [{engine: recording}]
"""


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "voices.yaml").write_text(VOICES, encoding="utf-8")
    return [f"--config={tmp_path}", f"--recordings={tmp_path / 'recordings'}"]


def test_each_engine_has_a_line_of_health_in_the_order_of_the_file(folders, capsys):
    code = main(["voices", *folders])

    lines = capsys.readouterr().out.splitlines()
    assert code == 3
    assert [line.split()[0] for line in lines] == ["cmn", "1.", "2.", "3.", "4.", "hak", "1."]
    assert "还没有录音" in lines[1]
    assert "online: false" in lines[2]
    assert "没有音色 zf_gone" in lines[3]
    assert lines[4].endswith("可用 / ready")
    assert "实验 experimental" in lines[4]


def test_the_same_comes_as_json(folders, capsys):
    main(["voices", *folders, "--json"])

    found = json.loads(capsys.readouterr().out)
    assert [own["engine"] for own in found["cmn"]] == ["recording", "edge", "kokoro", "espeak"]
    assert [own["ready"] for own in found["cmn"]] == [False, False, False, True]
    assert [own["offline"] for own in found["cmn"]] == [True, False, True, True]


def test_every_language_of_the_shipped_order_can_be_spoken(capsys):
    assert main(["voices"]) == 0
    assert "kokoro-yue zf_xiaobei" in capsys.readouterr().out
