"""What a person sees on a terminal while a demonstration runs and while clips are made."""

import re
from contextlib import redirect_stderr
from io import StringIO

import pytest
from rich.console import Console

from xiaolaba.cli.demo.live import NodeView, RunView, screen
from xiaolaba.cli.demo.show import _shown
from xiaolaba.cli.rhymes.progress import display
from xiaolaba.core.library import Clip
from xiaolaba.core.units import RATE, ClipHash, Language, RhymeId, Samples
from xiaolaba.synth.plan import Failure, Job, Offer, Plan, Said

CMN, YUE = Language("cmn"), Language("yue")
GATE = NodeView("demo-gate", True, "别信[app]刷单", True, 17, "1.3", 2)
YARD = NodeView("demo-yard", False, "没有播放单", False, 0, "", 0)
RUN = RunView([GATE, YARD], 24, 58, 12.4, ["时钟未经校验"], True)


class Terminal(StringIO):
    """A terminal; `shown` is what was written to it, without colours and moves of the cursor."""

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue())


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def rows(view: RunView) -> list[str]:
    """Return the picture's lines, each with its words a space apart and no frame."""
    out = StringIO()
    Console(file=out, force_terminal=True, color_system=None, width=120).print(screen(view))
    return [" ".join(line.strip("│ ").split()) for line in out.getvalue().splitlines()]


def job(rhyme: str, language: Language) -> Job:
    said = Said("别信", ("bie2", "xin4"))
    return Job(RhymeId(rhyme), language, said, (Offer("kokoro", "zf", "1"),), ("k",))


def clip(rhyme: str, language: Language, why: str = "") -> Clip:
    length = Samples(2 * RATE)
    figures = ("espeak", "yue", "key", False, -16.0, -1.0, why)
    return Clip(RhymeId(rhyme), language, ClipHash("a" * 64), length, *figures)


def test_each_node_has_a_line_with_all_that_is_known_of_it():
    found = rows(RUN)

    assert "demo-gate ● 在线 ♪ 别信[app]刷单 17 1.3 2" in found
    assert "demo-yard ○ 离线 没有播放单 0" in found


def test_the_time_to_the_end_the_clips_and_the_notes_are_shown():
    first, *_, clips, note = rows(RUN)

    assert "演示 demonstration · 还有 12 秒" in first
    assert clips.startswith("音频 clips")
    assert clips.endswith("24/58 合成中 …")
    assert note == "时钟未经校验"


def test_a_run_without_an_end_tells_no_time_and_a_run_before_its_first_clip_is_drawn():
    found = "\n".join(rows(RunView([], 0, 0, None, [], False)))

    assert "还有" not in found
    assert "0/0" in found
    assert "合成中" not in found


def test_a_demonstration_draws_its_latest_picture_on_a_terminal(terminal):
    with _shown(terminal) as show:
        show(RunView([], 1, 58, None, [], True))
        show(RUN)

    last = terminal.shown[terminal.shown.rindex("演示 demonstration") :]
    assert "demo-gate" in last
    assert "24/58" in last


def test_a_batch_draws_a_bar_that_counts_what_was_made_and_what_could_not_be(terminal):
    refused = Failure(RhymeId("empty"), CMN, "没有文字")
    proposed = Plan((job("one", CMN), job("one", YUE)), refused=(refused,))

    with redirect_stderr(terminal), display() as tell:
        for news in (proposed, refused, clip("one", CMN), clip("one", YUE)):
            tell(news)

    assert "合成 / making" in terminal.shown
    assert "3/3" in terminal.shown


def test_beside_the_bar_stand_the_plan_the_failures_and_lesser_voices_and_no_other_clip(terminal):
    with redirect_stderr(terminal), display() as tell:
        tell(Plan((job("one", CMN), job("two", CMN), job("three", CMN))))
        tell(clip("one", CMN))
        tell(clip("two", CMN, why="kokoro: [bold] gone"))
        tell(Failure(RhymeId("three"), CMN, "[/] 念不了"))

    said = [line.strip() for line in terminal.shown.splitlines()]
    assert "要合成 3 条，不变 0 条 / 3 to make, 0 kept" in said
    assert "two cmn: 2.0 s espeak (kokoro: [bold] gone)" in said
    assert "没做成 / not made: three (cmn): [/] 念不了" in said
    assert "one cmn" not in terminal.shown
