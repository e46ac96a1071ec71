"""A page to listen to: every rhyme with its text, sounds, clip and waveform, in one file.

Nothing is loaded from elsewhere. The players hold small Opus copies; the
figures are those of the clips themselves.
"""

import base64
from array import array
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.cli.rhymes.fronts import fronts
from xiaolaba.core.errors import ClipError, StoreError, TextError
from xiaolaba.core.library import Clip, Library
from xiaolaba.core.refusal import refusal
from xiaolaba.core.rhyme import Reading, Rhyme
from xiaolaba.core.speech.approval import Approval, released
from xiaolaba.core.units import RATE
from xiaolaba.synth.reader import Reader

TARGET, TOLERANCE = -16.0, 0.5
POINTS = 300
"""How many strokes a waveform has."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #2a7d46; --bad: #c0392b; --wave: #3b6ea5 }
* { box-sizing: border-box }
body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  margin: 0 auto; max-width: 68rem; padding: 1.5rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .3rem }
.sum { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; margin: .6rem 0 1rem }
article { border-top: 1px solid var(--line); display: grid; gap: .2rem 1.5rem; padding: .7rem 0;
  grid-template-columns: minmax(0, 1fr) 21rem }
p { margin: 0 } .text { font-size: 1.1rem } .sounds { font: 13px/1.5 ui-monospace, monospace }
small, .sounds { opacity: .75 } audio { height: 2.2rem; width: 100% }
svg { display: block; height: 3rem; width: 100% } path { fill: none; stroke: var(--wave) }
.bad { color: var(--bad) } .good { color: var(--good) }
@media (max-width: 45rem) { article { grid-template-columns: 1fr } }
"""


def write(
    path: Path, rhymes: Sequence[Rhyme], folder: ClipFolder, approvals: Iterable[Approval]
) -> int:
    """Write the page and return how many clips it has.

    Raises:
        StoreError: if the file cannot be written.
    """
    library = released(folder.library()[0], approvals)
    clips = [own for own in library.clips.values() if any(own.rhyme == r.id for r in rhymes)]
    body = "\n".join([_head(clips), _waiting(library), *_rows(rhymes, library, folder)])
    page = (
        '<!doctype html>\n<html lang="zh"><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>小喇叭 试听报告</title>\n<style>{STYLE}</style>\n{body}\n</html>\n"
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"{path}：写不了，{refusal(error)} / cannot be written: {error.strerror}"
        ) from error
    return len(clips)


def _head(clips: Sequence[Clip]) -> str:
    wrong = [own for own in clips if abs(own.loudness - TARGET) > TOLERANCE or own.peak > -1]
    seconds = sum(own.samples for own in clips) / RATE
    engines = "，".join(
        f"{name} {sum(own.engine == name for own in clips)}"
        for name in sorted({own.engine for own in clips})
    )
    facts = [f"{len(clips)} 条 clips", f"{seconds:.0f} s", engines]
    if clips:
        quiet, loud = min(own.loudness for own in clips), max(own.loudness for own in clips)
        facts.append(f"响度 {quiet:.1f} … {loud:.1f} LUFS")
        facts.append(f"真峰值 ≤ {max(own.peak for own in clips):.1f} dBTP")
    verdict = (
        f'<span class="bad">{len(wrong)} 条超出 −16 ±0.5 LUFS 或 −1 dBTP</span>'
        if wrong
        else '<span class="good">全部在 −16 ±0.5 LUFS、−1 dBTP 以内 / all within</span>'
    )
    shown = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    return f'<h1>小喇叭 试听报告 / Clips to listen to</h1><div class="sum">{shown}{verdict}</div>'


def _waiting(library: Library) -> str:
    """Return how many clips await a listener, and how they get one."""
    count = len(library.withheld)
    command = "<code>xiaolaba rhyme approve ID --language yue --listener 姓名</code>"
    said = f"{count} 条实验音频要有人听过认可才播 / experimental clips await approval：{command}"
    return f"<p>{said}</p>" if count else ""


def _rows(rhymes: Sequence[Rhyme], library: Library, folder: ClipFolder) -> Iterator[str]:
    reader = Reader(fronts(), folder.phonemes())
    topic = ""
    for rhyme in rhymes:
        if rhyme.topic != topic:
            topic = rhyme.topic
            yield f"<h2>{escape(topic)}</h2>"
        for reading in rhyme.readings:
            yield _row(rhyme, reading, library, folder, reader)


def _row(
    rhyme: Rhyme, reading: Reading, library: Library, folder: ClipFolder, reader: Reader
) -> str:
    clip = library.clip(rhyme.id, reading.language)
    said = reader.said(reading)
    sounds = str(said) if isinstance(said, TextError) else " ".join(said.phonemes)
    held = (rhyme.id, reading.language) in library.withheld
    left = (
        f"<div><small>{escape(rhyme.id)} · {escape(reading.language)}{_mark(clip, held)}</small>"
        f'<p class="text">{escape(reading.text)}</p><p class="sounds">{escape(sounds)}</p></div>'
    )
    return f"<article>{left}<div>{_player(clip, folder)}</div></article>"


def _mark(clip: Clip | None, held: bool) -> str:
    if clip is None or not clip.experimental:
        return ""
    return " · 实验，未认可 not approved" if held else " · 实验，已认可 approved"


def _player(clip: Clip | None, folder: ClipFolder) -> str:
    from xiaolaba.adapters.flac import compressed, decode

    if clip is None:
        return '<p class="bad">还没有音频 / no clip</p>'
    try:
        frames, _ = decode(folder.path(clip.hash).read_bytes())
    except (OSError, ClipError) as error:
        return f'<p class="bad">音频损坏 / damaged: {escape(str(error))}</p>'
    sound = base64.b64encode(compressed(frames)).decode()
    why = f"<br>{escape(clip.why)}" if clip.why else ""
    return (
        f"{_wave(frames)}"
        f'<audio controls preload="none" src="data:audio/ogg;base64,{sound}"></audio>'
        f"<small>{escape(clip.engine)} {escape(clip.voice)} · {clip.samples / RATE:.1f} s · "
        f"{clip.loudness:.1f} LUFS · {clip.peak:.1f} dBTP{why}</small>"
    )


def _wave(frames: bytes) -> str:
    """Return the sound as an SVG of one upright stroke for each stretch of it."""
    values = array("h", frames)
    step = max(1, len(values) // POINTS)
    highest = [
        (max(values[at : at + step]), min(values[at : at + step]))
        for at in range(0, len(values), step)
    ]
    strokes = "".join(
        f"M{n} {50 - up * 50 / 32768:.1f}V{50 - down * 50 / 32768:.1f}"
        for n, (up, down) in enumerate(highest)
    )
    size = f'viewBox="0 0 {len(highest)} 100" preserveAspectRatio="none"'
    return f'<svg {size} aria-hidden="true"><path d="{strokes}"/></svg>'
