"""`xiaolaba rhyme`: a rhyme shown, checked and approved."""

import json
from pathlib import Path

import pytest

from xiaolaba.adapters import approvals
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.cli import main
from xiaolaba.core.library import Clip, library
from xiaolaba.core.units import Language, RhymeId, Samples

WRONG = Path("tests/data/rhymes-wrong")
PLANTED = {
    "no-rhyme": (6, 12, "不押韵"),
    "too-long": (10, 12, "太长"),
    "hotline": (17, 16, "只写反诈专线 96110"),
    "spelt-hotline": (21, 17, "只写反诈专线 96110"),
    "promise": (25, 25, "不要许诺"),
    "polyphone": (29, 14, "多音字“行”读作 xing2"),
    "expired": (34, 12, "过期"),
    "second-twin": (42, 12, "与“first-twin”几乎一样"),
    "mandarin-in-yue": (46, 12, "粤语说“佢哋”"),
    "unspeakable": (50, 12, "读不出"),
}
RHYMES = """\
rhymes:
  - id: one
    topic: 冒充客服
    readings:
      cmn: 银行行长打电话，开口要钱就挂下。
      yue: {text: 屏幕共享一打開，密碼畀人睇晒出嚟。, say: {打開: daa2 hoi1}}
  - id: only-cmn
    topic: 冒充客服
    readings:
      cmn: 他们说没有骗你，别给看。
"""


@pytest.fixture
def house(tmp_path):
    """A folder with rhymes and clips, one of them experimental."""
    (tmp_path / "rhymes").mkdir()
    (tmp_path / "rhymes" / "rhymes.yaml").write_text(RHYMES, encoding="utf-8")
    shelf = ClipFolder(tmp_path / "clips")
    with shelf.writing():
        clips = []
        for language, engine, experimental in (("cmn", "kokoro", False), ("yue", "espeak", True)):
            name = shelf.put(language.encode())
            clips.append(
                Clip(
                    RhymeId("one"), Language(language), name, Samples(48_000), engine, "v",
                    "k" * 64, experimental, -16.0, -1.2, "kokoro-yue: no model" * experimental,
                )
            )  # fmt: skip
        shelf.save(library(clips))
    return tmp_path


def rhyme(house: Path, *words: str) -> int:
    folders = [f"--{name}={house / name}" for name in ("rhymes", "clips")]
    return main(["rhyme", *words, *(folders if words[0] != "lint" else folders[:1])])


def tried(house: Path) -> Clip:
    """The experimental clip."""
    clip = ClipFolder(house / "clips").library()[0].clip(RhymeId("one"), Language("yue"))
    assert clip is not None
    return clip


def test_the_shipped_rhymes_are_clean(capsys):
    assert main(["rhyme", "lint"]) == 0
    assert capsys.readouterr().out == ""


def test_every_planted_fault_is_named_at_its_place_and_nothing_else(capsys):
    code = main(["rhyme", "lint", "--rhymes", str(WRONG)])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert len(lines) == len(PLANTED)
    for told, (name, (line, column, words)) in zip(lines, PLANTED.items(), strict=True):
        assert told.startswith(f"{WRONG}/wrong.yaml:{line}:{column}: ")
        assert f"{name}（" in told
        assert words in told


def test_remarks_come_as_json_too(capsys):
    main(["rhyme", "lint", "--rhymes", str(WRONG), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert [row["line"] for row in found] == [line for line, _, _ in PLANTED.values()]


def test_a_rhyme_shows_its_text_sounds_and_clip(house, capsys):
    assert rhyme(house, "show", "one") == 0

    shown = capsys.readouterr().out
    assert "yin2 hang2 hang2 zhang3" in shown
    assert "指定 / given: 打開 = daa2 hoi1" in shown
    assert "maa5 bei2 jan4 tai2" in shown
    assert "kokoro v" in shown
    assert "为什么用它 / why this engine: kokoro-yue: no model" in shown
    assert "还没有人认可" in shown


def test_a_rhyme_is_shown_as_json_too(house, capsys):
    assert rhyme(house, "show", "one", "--json") == 0

    shown = json.loads(capsys.readouterr().out)
    mandarin, cantonese = shown.pop("readings")
    assert shown == {
        "rhyme": "one",
        "topic": "冒充客服",
        "audience": ["all"],
        "expires": None,
        "draft": None,
    }
    assert (mandarin["language"], mandarin["clip"], mandarin["seconds"]) == ("cmn", "ready", 1.0)
    assert mandarin["sounds"][:4] == ["yin2", "hang2", "hang2", "zhang3"]
    assert cantonese["say"] == {"打開": "daa2 hoi1"}
    assert cantonese["clip"] == "waiting"
    assert cantonese["made"]["hash"] == tried(house).hash
    assert cantonese["made"]["why"] == "kokoro-yue: no model"


def test_a_reading_without_clip_or_sounds_is_shown_as_json_too(house, capsys):
    path = house / "rhymes" / "rhymes.yaml"
    path.write_text(path.read_text().replace("别给看", "别给看Ж"))

    assert rhyme(house, "show", "only-cmn", "--json") == 0

    shown = json.loads(capsys.readouterr().out)
    (reading,) = shown["readings"]
    assert shown["draft"] == "佢哋话冇骗你，唔好畀睇Ж。"
    assert (reading["clip"], reading["seconds"], reading["made"]) == ("missing", None, None)
    assert reading["sounds"] == []
    assert "Ж" in reading["unspeakable"]


def test_a_cantonese_reading_is_drafted_where_there_is_none(house, capsys):
    rhyme(house, "show", "only-cmn")

    assert "佢哋话冇骗你，唔好畀睇。" in capsys.readouterr().out


def test_an_approval_is_kept_with_clip_listener_and_time(house, capsys):
    words = ("approve", "one", "--language", "yue", "--listener", "朗读者")

    assert (rhyme(house, *words), rhyme(house, *words)) == (0, 0)

    (kept,) = approvals.read(house / "rhymes")
    assert (kept.rhyme, kept.language, kept.listener) == ("one", "yue", "朗读者")
    assert kept.clip == tried(house).hash
    assert kept.at > 1_700_000_000
    rhyme(house, "show", "one")
    assert "已认可" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("one", "--language", "hak", "--listener", "李"), 2, id="no such reading"),
        pytest.param(("none", "--language", "yue", "--listener", "李"), 2, id="no such rhyme"),
        pytest.param(("one", "--language", "yue", "--listener", " "), 1, id="nobody listened"),
        pytest.param(("one", "--language", "cmn", "--listener", "李"), 0, id="not experimental"),
    ],
)
def test_what_needs_no_approval_or_cannot_have_one_is_told(house, words, code):
    assert rhyme(house, "approve", *words) == code
    assert approvals.read(house / "rhymes") == ()


def test_a_reading_that_is_not_written_is_told_with_those_that_are(house, capsys):
    rhyme(house, "approve", "one", "--language", "hak", "--listener", "李")

    assert "one 没有 hak 版本，只有 cmn、yue" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("rhyme", "approve", "one", "--listener", "李"),
        ("record", "import", "x.wav", "--rhyme", "one", "--speaker", "李"),
        ("synth",),
    ],
    ids=" ".join,
)
def test_a_language_by_its_chinese_name_is_told_its_tag(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*words, "--language", "粤语"])

    assert caught.value.code == 2
    assert "请写 yue" in capsys.readouterr().err


def test_a_damaged_clip_cannot_be_approved(house):
    (house / "clips" / f"{tried(house).hash}.flac").write_bytes(b"other")

    assert rhyme(house, "approve", "one", "--language", "yue", "--listener", "李") == 1


def test_the_list_tells_of_each_reading_whether_it_can_be_heard(house, capsys):
    assert rhyme(house, "list", "--json") == 0
    rows = {(r["rhyme"], r["language"]): r["clip"] for r in json.loads(capsys.readouterr().out)}
    assert rhyme(house, "list") == 0
    shown = capsys.readouterr().out

    assert rows == {
        ("one", "cmn"): "ready",
        ("one", "yue"): "waiting",
        ("only-cmn", "cmn"): "missing",
    }
    assert all(word in shown for word in ("可播", "待认可", "未合成"))


def test_several_clips_are_approved_at_once_or_none_of_them(house, capsys):
    words = ("--language", "yue", "--listener", "朗读者")

    assert rhyme(house, "approve", "one", "only-cmn", *words) == 2
    assert approvals.read(house / "rhymes") == ()
    assert rhyme(house, "approve", "one", "oen", *words) == 2
    assert approvals.read(house / "rhymes") == ()
    assert rhyme(house, "approve", "one", "one", *words) == 0
    assert len(approvals.read(house / "rhymes")) == 1
    assert "已经认可过" in capsys.readouterr().out
