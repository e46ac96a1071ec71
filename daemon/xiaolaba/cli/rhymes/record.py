"""`xiaolaba record`: human voices for rhymes."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_folder, language

if TYPE_CHECKING:
    from xiaolaba.core.rhyme import Reading
    from xiaolaba.ports.voice import Speech
    from xiaolaba.settings.recordings import Recording

NO_CONSENT = "未注明"

EPILOG = """\
例 / examples:
  xiaolaba record import 录音.wav --rhyme licai-app --language yue --speaker 朗读者 \\
      --consent "书面同意，2026-11-01"
  xiaolaba record list                 有哪些录音 / what is recorded
  xiaolaba record list --json          每条录音说明里的各项 / every field of their descriptions

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
        ("speaker", "朗读者", "who speaks"),
    ):
        taken.add_argument(f"--{name}", required=True, help=f"{zh} / {en}")
    taken.add_argument(
        "--language", type=language, required=True, help="语言，例如 yue / language, such as yue"
    )
    taken.add_argument(
        "--consent",
        default=NO_CONSENT,
        help="同意书：何时、何种形式 / consent: when and in what form",
    )
    taken.add_argument("--source", help="来源，默认是文件名 / origin, the file's name by default")
    taken.add_argument(
        "--anyway", action="store_true", help="有毛病也导入 / import in spite of grave faults"
    )
    taken.add_argument(
        "--replace",
        action="store_true",
        help="换下这条已有的录音，旧的另存 / replace an earlier recording, which is kept aside",
    )
    taken.set_defaults(run=take)
    listed = parts.add_parser("list", help="列出录音 / list the recordings")
    listed.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    listed.set_defaults(run=show)
    for command in (taken, listed):
        add_folder(command, "rhymes", "audio/rhymes", "顺口溜文件夹", "folder of rhymes")
        add_folder(command, "recordings", "audio/recordings", "录音文件夹", "folder of recordings")


def show(args: argparse.Namespace) -> int:
    """Print every recording."""
    from xiaolaba.settings.recordings import load_recordings

    found = load_recordings(args.recordings)
    if args.json:
        print(json.dumps([asdict(own) for own in found], ensure_ascii=False, indent=1))
        return 0
    if not found:
        print("还没有录音 / nothing is recorded yet", file=sys.stderr)
    for own in found:
        print(f"{own.rhyme} ({own.language})：{own.speaker}；{own.consent}；{own.source}")
    return 0


def take(args: argparse.Namespace) -> int:
    """Check a recording and keep it."""
    from xiaolaba.cli.rhymes.named import reading_named
    from xiaolaba.cli.rhymes.record_judged import UnusableError, heard

    reading = reading_named(args.rhymes, args.rhyme, args.language)
    if reading is None or not _is_described(args):
        return 2
    earlier = _earlier(args)
    if earlier is not None and not args.replace:
        return _in_the_way(args, earlier)
    try:
        speech = heard(args.file, reading, args.anyway)
    except UnusableError as error:
        print(f"{args.file}：{error}", file=sys.stderr)
        return 1
    _keep(args, reading, speech, earlier)
    if args.consent == NO_CONSENT:
        _remember_consent(args)
    print(
        f"已导入 {args.rhyme}（{args.language}）{args.speaker}，"
        f"{len(speech.frames) / 4 / speech.rate:.1f} 秒；运行 xiaolaba synth --upgrade 换上它\n"
        "imported; xiaolaba synth --upgrade puts it in place"
    )
    return 0


def _remember_consent(args: argparse.Namespace) -> None:
    path = args.recordings / f"{args.rhyme}.{args.language}.yaml"
    print(
        f"提醒：没有写明朗读者的同意；拿到书面同意书后写进 {path} 的 consent"
        f" / remember: no consent is noted; get it in writing and note it in {path}",
        file=sys.stderr,
    )


def _is_described(args: argparse.Namespace) -> bool:
    """Whether speaker, consent and source can be written down; tells if not."""
    from xiaolaba.settings.words import Wrong, words

    args.source = args.file.name if args.source is None else args.source
    for name in ("speaker", "consent", "source"):
        try:
            setattr(args, name, words(getattr(args, name)))
            if not getattr(args, name).isprintable():
                raise Wrong("里面有不可见字符", "it has unprintable characters")
        except Wrong as wrong:
            print(f"--{name}：{wrong.zh} / {wrong.en}", file=sys.stderr)
            return False
    return True


def _earlier(args: argparse.Namespace) -> "Recording | None":
    """Return the recording of the same reading that is there already."""
    from xiaolaba.settings.recordings import load_recordings

    name = (args.rhyme, args.language)
    found = (own for own in load_recordings(args.recordings) if (own.rhyme, own.language) == name)
    return next(found, None)


def _in_the_way(args: argparse.Namespace, earlier: "Recording") -> int:
    print(
        f"{args.rhyme}（{args.language}）已有录音：{earlier.speaker}；{earlier.consent}；"
        f"{earlier.source}。要换下它请加 --replace，旧的会另存"
        " / recorded already; --replace takes its place, the earlier one is kept aside",
        file=sys.stderr,
    )
    return 1


def _keep(
    args: argparse.Namespace, reading: "Reading", speech: "Speech", earlier: "Recording | None"
) -> None:
    """Write the recording; what it replaces is copied aside first, and that is told."""
    from hashlib import sha256

    from xiaolaba.adapters.flac import archived
    from xiaolaba.adapters.recordings import keep, set_aside
    from xiaolaba.core.units import RhymeId
    from xiaolaba.settings.recordings import Recording

    sound = archived(speech)
    recording = Recording(
        RhymeId(args.rhyme),
        reading.language,
        args.speaker,
        args.consent,
        args.source,
        reading.text,
        sha256(sound).hexdigest(),
    )
    if earlier is not None:
        aside = set_aside(args.recordings, earlier)
        print(f"换下 {earlier.speaker} 的录音，另存在 {aside} / the earlier one is kept there")
    keep(args.recordings, recording, sound)
