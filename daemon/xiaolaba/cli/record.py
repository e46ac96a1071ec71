"""`xiaolaba record`: human voices for rhymes."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_folder

if TYPE_CHECKING:
    from xiaolaba.core.rhyme import Reading
    from xiaolaba.ports.voice import Speech

MOST_BYTES = 500 * 1024 * 1024
MOST_SECONDS = 600.0

EPILOG = """\
例 / examples:
  xiaolaba record import 录音.wav --rhyme licai-app --language yue --speaker 朗读者 \\
      --consent "书面同意，2026-11-01"
  xiaolaba record list                 有哪些录音 / what is recorded

WAV、FLAC、MP3、Ogg 等都可以。导入后运行 xiaolaba synth --upgrade，录音就会替换合成的声音。
After an import, `xiaolaba synth --upgrade` puts the recording in place of the synthetic voice.

退出码 / exit codes: 0 已导入 imported · 1 录音不能用 unusable · 2 用法有误 bad usage
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "record",
        help="导入真人录音 / import human recordings",
        description="用真人录音代替合成的声音 / human recordings in place of synthetic voices",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(metavar="import | list", required=True)
    taken = parts.add_parser(
        "import",
        help="检查并导入一条录音 / check and import one",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    taken.add_argument("file", type=Path, metavar="FILE", help="声音文件 / the sound file")
    for name, zh, en in (
        ("rhyme", "顺口溜的 id", "the rhyme's id"),
        ("language", "语言，例如 yue", "language, such as yue"),
        ("speaker", "朗读者", "who speaks"),
    ):
        taken.add_argument(f"--{name}", required=True, help=f"{zh} / {en}")
    taken.add_argument(
        "--consent",
        default="未注明",
        help="同意书：何时、何种形式 / consent: when and in what form",
    )
    taken.add_argument("--source", help="来源，默认是文件名 / origin, the file's name by default")
    taken.add_argument(
        "--anyway", action="store_true", help="有毛病也导入 / import in spite of grave faults"
    )
    taken.set_defaults(run=take)
    listed = parts.add_parser("list", help="列出录音 / list the recordings")
    listed.set_defaults(run=show)
    for command in (taken, listed):
        add_folder(command, "rhymes", "audio/rhymes", "顺口溜文件夹", "folder of rhymes")
        add_folder(command, "recordings", "audio/recordings", "录音文件夹", "folder of recordings")


def show(args: argparse.Namespace) -> int:
    """Print every recording."""
    from xiaolaba.settings.recordings import load_recordings

    found = load_recordings(args.recordings)
    if not found:
        print("还没有录音 / nothing is recorded yet", file=sys.stderr)
    for own in found:
        print(f"{own.rhyme} ({own.language})：{own.speaker}；{own.consent}；{own.source}")
    return 0


def take(args: argparse.Namespace) -> int:
    """Check a recording and keep it."""
    reading = _reading(args)
    if reading is None:
        return 2
    try:
        speech = _heard(args.file)
    except _Unusable as error:
        print(f"{args.file}：{error}", file=sys.stderr)
        return 1
    grave = _tell_faults(args.file, speech, reading)
    if grave and not args.anyway:
        print("没有导入；确实要用请加 --anyway / not imported; --anyway does", file=sys.stderr)
        return 1
    _keep(args, reading, speech)
    print(
        f"已导入 {args.rhyme}（{args.language}）{args.speaker}，"
        f"{len(speech.frames) / 4 / speech.rate:.1f} 秒；运行 xiaolaba synth --upgrade 换上它\n"
        "imported; xiaolaba synth --upgrade puts it in place"
    )
    return 0


class _Unusable(Exception):
    """A file that is no recording; says why."""


def _reading(args: argparse.Namespace) -> "Reading | None":
    """Return the reading that was recorded; tells what there is instead."""
    from xiaolaba.core.units import Language, RhymeId
    from xiaolaba.settings import load_rhymes

    rhymes = load_rhymes(args.rhymes)
    rhyme = rhymes.get(RhymeId(args.rhyme))
    reading = rhyme.reading(Language(args.language)) if rhyme else None
    if rhyme is None:
        print(f"没有这条顺口溜 / no such rhyme: {args.rhyme}", file=sys.stderr)
    elif reading is None:
        has = "、".join(own.language for own in rhyme.readings)
        print(
            f"{args.rhyme} 没有 {args.language} 版本，只有 {has} / no reading in {args.language}",
            file=sys.stderr,
        )
    return reading


def _heard(path: Path) -> "Speech":
    """Return a file's sound, of whatever format and length is bearable."""
    from xiaolaba.adapters.flac import seconds, speech
    from xiaolaba.core.errors import ClipError

    try:
        size = path.stat().st_size
        if not size:
            raise _Unusable("文件是空的（0 字节）：重新录制或拷贝 / empty (0 bytes): copy it again")
        if size > MOST_BYTES:
            raise _Unusable("文件太大，上限 500 MB / too large, the limit is 500 MB")
        long = seconds(path)
        if long > MOST_SECONDS:
            raise _Unusable(
                f"有 {long / 60:.0f} 分钟，上限 10 分钟：请剪出这一条再导入 / "
                f"{long / 60:.0f} min, the limit is 10: cut out this one rhyme"
            )
        return speech(path.read_bytes())
    except OSError as error:
        raise _Unusable(f"读不了：{error.strerror} / cannot be read") from error
    except ClipError as error:
        raise _Unusable(
            f"不认识的格式，请转成 WAV、FLAC 或 MP3 / unknown format, convert it to WAV: {error}"
        ) from error


def _tell_faults(path: Path, speech: "Speech", reading: "Reading") -> bool:
    """Tell what is wrong with a recording; return whether it is grave."""
    from xiaolaba.adapters.recording_check import faults
    from xiaolaba.core.speech.text import MARKS, normalise

    said = normalise(reading.text, reading.language)
    found = faults(speech, sum(character not in MARKS for character in said))
    for fault in found:
        kind = "不能用" if fault.grave else "提醒"
        print(f"{path}：{kind}：{fault}", file=sys.stderr)
    return any(fault.grave for fault in found)


def _keep(args: argparse.Namespace, reading: "Reading", speech: "Speech") -> None:
    from hashlib import sha256

    from xiaolaba.adapters.flac import archived
    from xiaolaba.adapters.recordings import keep
    from xiaolaba.core.units import RhymeId
    from xiaolaba.settings.recordings import Recording

    sound = archived(speech)
    recording = Recording(
        RhymeId(args.rhyme),
        reading.language,
        args.speaker,
        args.consent,
        args.source or args.file.name,
        reading.text,
        sha256(sound).hexdigest(),
    )
    keep(args.recordings, recording, sound)
