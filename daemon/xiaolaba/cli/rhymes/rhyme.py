"""`xiaolaba rhyme`: look at a rhyme, have it checked, approve its clip."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from xiaolaba.cli.options import add_folder, language

if TYPE_CHECKING:
    from xiaolaba.core.library import Clip, Library

EPILOG = """\
例 / examples:
  xiaolaba rhyme list                         每一条：可播、待认可、未合成 / which can be heard
  xiaolaba rhyme show licai-app               文字、读音、用哪个引擎 / text, sounds, clip
  xiaolaba rhyme lint                         押韵、时长、事实、多音字 / have them checked
  xiaolaba rhyme approve licai-app --language yue --listener 听审人
                                              听过了，可以播；可以一次写几条 id
                                              heard and found good; several ids at once will do

list、show 和 lint 加 --json 给程序看：clip 是 ready 可播、waiting 待认可、missing 未合成；
show 里 says 是读出的字，sounds 是逐字读音（含标点），say 是指定的读音，made 说音频怎么来的
with --json for machines: `clip` is ready, waiting or missing; in `show`, `says` is the text as
spoken, `sounds` its syllables and marks, `say` what was given, `made` how the clip was made
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "rhyme",
        help="查看、检查、认可顺口溜 / list, show, check and approve rhymes",
        description="查看、检查、认可顺口溜 / list, show, check and approve rhymes",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(metavar="list | show | lint | approve", required=True)
    listed = parts.add_parser("list", help="全部顺口溜和音频的状况 / all of them, and their clips")
    listed.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    listed.set_defaults(run=list_all)
    shown = parts.add_parser("show", help="一条顺口溜的一切 / all about one rhyme")
    shown.add_argument("id", metavar="ID", help="顺口溜的 id / the rhyme's id")
    shown.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    shown.set_defaults(run=show)
    checked = parts.add_parser("lint", help="检查写得好不好、对不对 / check what is written")
    checked.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    checked.set_defaults(run=lint)
    approved = parts.add_parser("approve", help="认可一条实验音频 / approve an experimental clip")
    approved.add_argument("id", nargs="+", metavar="ID", help="顺口溜的 id / the rhymes' ids")
    approved.add_argument(
        "--language", type=language, required=True, help="语言，例如 yue / the language"
    )
    approved.add_argument("--listener", required=True, help="谁听过 / who listened")
    approved.set_defaults(run=approve)
    for command in (listed, shown, checked, approved):
        add_folder(command, "rhymes", "audio/rhymes", "顺口溜文件夹", "folder of rhymes")
        if command is not checked:
            add_folder(command, "clips", "audio/clips", "音频文件夹", "folder of clips")


def list_all(args: argparse.Namespace) -> int:
    """Print every rhyme with how its clips stand."""
    from xiaolaba.cli.rhymes.rhyme_list import show, to_json
    from xiaolaba.settings import load_rhymes

    rhymes, library = load_rhymes(args.rhymes), _library(args)
    if args.json:
        print(to_json(rhymes, library))
    else:
        show(rhymes, library)
    return 0


def show(args: argparse.Namespace) -> int:
    """Print a rhyme with its sounds and clips."""
    from xiaolaba.cli.rhymes.fronts import fronts
    from xiaolaba.cli.rhymes.named import rhyme_named
    from xiaolaba.cli.rhymes.rhyme_show import Shown, facts, lines
    from xiaolaba.synth.reader import Reader

    rhyme = rhyme_named(args.rhymes, args.id)
    if rhyme is None:
        return 2
    shown = Shown(rhyme, Reader(fronts()), _library(args))
    if args.json:
        print(json.dumps(facts(shown), ensure_ascii=False, indent=1))
    else:
        print("\n".join(lines(shown)))
    return 0


def _library(args: argparse.Namespace) -> "Library":
    """Return the finished clips; those that nobody approved are withheld."""
    from xiaolaba.adapters import approvals
    from xiaolaba.adapters.clip_folder import ClipFolder
    from xiaolaba.core.speech.approval import released

    return released(ClipFolder(args.clips).library()[0], approvals.read(args.rhymes))


def lint(args: argparse.Namespace) -> int:
    """Print everything there is to say of the rhymes."""
    from xiaolaba.cli.rhymes.linting import found, to_json

    problems = found(args.rhymes)
    if args.json:
        print(to_json(problems))
    else:
        for problem in problems:
            print(problem)
        print(
            "检查完毕，没有问题 / nothing to say" if not problems else f"共 {len(problems)} 处",
            file=sys.stderr,
        )
    return 1 if problems else 0


def approve(args: argparse.Namespace) -> int:
    """Write down that somebody heard experimental clips and found them good; all or none."""
    from xiaolaba.cli.rhymes.named import reading_named

    if any(reading_named(args.rhymes, name, args.language) is None for name in args.id):
        return 2
    if not args.listener.strip() or len(args.listener) > 100:
        return _refused("要写听的人的名字 / a listener's name is wanted")
    clips = [_clip(args, name) for name in args.id]
    for name, clip in zip(args.id, clips, strict=True):
        if clip is None:
            return _refused(f"{name} 没有 {args.language} 的音频，先合成 / no clip: make it first")
    for clip in filter(None, clips):
        _approve(args, clip)
    return 0


def _clip(args: argparse.Namespace, name: str) -> "Clip | None":
    from xiaolaba.adapters.clip_folder import ClipFolder
    from xiaolaba.core.units import RhymeId

    folder = ClipFolder(args.clips)
    clip = folder.library()[0].clip(RhymeId(name), args.language)
    return clip if clip is not None and folder.is_whole(clip) else None


def _approve(args: argparse.Namespace, clip: "Clip") -> None:
    from xiaolaba.adapters import approvals
    from xiaolaba.core.speech.approval import Approval, is_approved

    if not clip.experimental:
        print(f"{clip.rhyme}：不是实验音频，不用认可 / not experimental: needs no approval")
        return
    if is_approved(clip, approvals.read(args.rhymes)):
        print(f"{clip.rhyme}：已经认可过 / approved already")
        return
    listener, now = args.listener.strip(), int(time.time())
    approvals.add(args.rhymes, Approval(clip.rhyme, clip.language, clip.hash, listener, now))
    print(
        f"已认可 {clip.rhyme}（{clip.language}），{listener}；音频一改就要重新认可"
        " / approved; a changed clip needs a new approval"
    )


def _refused(told: str) -> int:
    print(told, file=sys.stderr)
    return 1
