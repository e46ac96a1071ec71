"""`xiaolaba synth`: rhymes become clips."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from xiaolaba.adapters import approvals
from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.cli.options import add_folder, language
from xiaolaba.cli.rhymes.progress import display, line
from xiaolaba.cli.rhymes.workshop import RECORDINGS, open_shop
from xiaolaba.core.rhyme import Rhyme
from xiaolaba.core.speech.approval import released
from xiaolaba.core.units import RATE, Language
from xiaolaba.settings import load_rhymes
from xiaolaba.synth import batch
from xiaolaba.synth.batch import News, Report, Shop
from xiaolaba.synth.plan import Plan

EPILOG = """\
例 / examples:
  xiaolaba synth                        合成新的和改过的 / make what is new or changed
  xiaolaba synth --only shuadan-dianzi --language cmn
  xiaolaba synth --dry-run              只看要做什么 / show what would be made
  xiaolaba synth --upgrade              有更好的引擎时重做 / make anew what a better voice can say
  xiaolaba synth --report report.html   合成后写一页试听报告 / and write a page to listen to
  xiaolaba synth --tidy                 也忘掉已删去的顺口溜 / and forget rhymes that are gone

换下来的音频再留 40 天：喇叭手里的播放单最多排 30 天，用得着的不会被删。
Replaced clips stay for 40 days; no playlist lasts longer than 30, so none in use goes.

退出码 / exit codes: 0 全部完成 all made · 1 失败 failed · 2 配置有误 bad configuration ·
3 有的没做成 some could not be made
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "synth",
        help="把顺口溜合成为音频 / make the clips",
        description="把顺口溜合成为音频；没改过的不重做 / make clips; what is unchanged is kept",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_folder(parser, "rhymes", "audio/rhymes", "顺口溜文件夹", "folder of rhymes")
    add_folder(parser, "clips", "audio/clips", "音频文件夹", "folder of clips")
    add_folder(parser, "config", "config", "voices.yaml 所在", "where voices.yaml is")
    add_folder(parser, "recordings", str(RECORDINGS), "录音文件夹", "folder of recordings")
    option = parser.add_argument
    option("--only", nargs="+", default=[], metavar="ID", help="只做这几条 / only these rhymes")
    option(
        "--language",
        type=language,
        action="append",
        default=[],
        help="只做这种语言 / only this language",
    )
    option("--dry-run", action="store_true", help="只看，不做 / show, make nothing")
    option("--json", action="store_true", help="输出 JSON / print JSON")
    option(
        "--upgrade", action="store_true", help="换更好的引擎重做 / make anew with a better voice"
    )
    option("--report", type=Path, metavar="FILE", help="写一页试听网页 / write a page to listen to")
    option("--tidy", action="store_true", help="忘掉已删的顺口溜 / forget rhymes that are gone")
    parser.set_defaults(run=synth)


def synth(args: argparse.Namespace) -> int:
    """Carry out the command."""
    known = list(load_rhymes(args.rhymes).values())
    languages: list[Language] = args.language
    if _tell_unknown(known, args.only, languages):
        return 2
    rhymes = [rhyme for rhyme in known if not args.only or rhyme.id in args.only]
    shop = open_shop(args.config, args.clips, args.recordings)
    if args.dry_run:
        proposed = batch.propose(rhymes, shop, languages, args.upgrade)
        print(_as_json(Report(proposed)) if args.json else _proposal(proposed))
        return 3 if proposed.refused else 0
    with display() as tell:
        report = _made(shop, rhymes, tell, languages, args.upgrade)
    _tidy(args, known)
    if args.report:
        _write_report(args, known)
    if report.damage:
        print(report.damage, file=sys.stderr)
    print(_as_json(report) if args.json else f"{_summary(report)}{_waiting(args, report)}")
    return 3 if report.failures else 0


def _made(
    shop: Shop,
    rhymes: Sequence[Rhyme],
    tell: Callable[[News], None],
    languages: Sequence[Language],
    upgrade: bool,
) -> Report:
    """Make every clip that is missing; each is in its folder and manifest before it is told."""
    report = batch.run(rhymes, shop, languages, upgrade, tell)
    if isinstance(shop.shelf, ClipFolder):
        _remember(shop.shelf, shop)
    return report


def _remember(folder: ClipFolder, shop: Shop) -> None:
    """Keep how readings are pronounced, if anything is new."""
    known = folder.phonemes()
    if not shop.reader.used.items() <= known.items():
        folder.remember({**known, **shop.reader.used})


def _tidy(args: argparse.Namespace, rhymes: Sequence[Rhyme]) -> None:
    """Remove clips that have long been out of use; with --tidy, forget rhymes that are gone."""
    readings = frozenset((own.id, reading.language) for own in rhymes for reading in own.readings)
    removed = ClipFolder(args.clips).tidy(int(time.time()), readings if args.tidy else None)
    if removed:
        print(f"删去早已不用的音频 {removed} 条 / removed {removed} old clips", file=sys.stderr)


def _write_report(args: argparse.Namespace, rhymes: Sequence[Rhyme]) -> None:
    from xiaolaba.cli.rhymes.synth_report import write

    count = write(args.report, rhymes, ClipFolder(args.clips), approvals.read(args.rhymes))
    print(f"报告 / report: {args.report}（{count} 条 clips）", file=sys.stderr)


def _tell_unknown(
    rhymes: Sequence[Rhyme], only: Sequence[str], languages: Sequence[Language]
) -> bool:
    """Tell which of the rhymes and languages asked for are nowhere; return whether any is."""
    spoken = {reading.language for rhyme in rhymes for reading in rhyme.readings}
    missing = [
        *(f"没有这条顺口溜 / no such rhyme: {name}" for name in {*only} - {r.id for r in rhymes}),
        *(f"没有这种语言 / no reading in language: {name}" for name in {*languages} - spoken),
    ]
    for told in sorted(missing):
        print(told, file=sys.stderr)
    return bool(missing)


def _proposal(proposed: Plan) -> str:
    jobs = [
        f"  {job.rhyme} ({job.language}): {' '.join(job.said.phonemes)}" for job in proposed.jobs
    ]
    return "\n".join([line(proposed), *jobs, *(line(failure) for failure in proposed.refused)])


def _summary(report: Report) -> str:
    seconds = sum(clip.samples for clip in report.library.clips.values()) / RATE
    made, kept, failed = len(report.made), len(report.plan.kept), len(report.failures)
    took = f"{report.seconds:.1f}"
    return (
        f"合成 {made} 条，不变 {kept} 条，没做成 {failed} 条；共 {seconds:.0f} 秒，用时 {took} 秒\n"
        f"made {made}, kept {kept}, failed {failed}; {seconds:.0f} s of sound, took {took} s"
    )


def _waiting(args: argparse.Namespace, report: Report) -> str:
    """Return how many experimental clips wait for a listener, as a line of its own."""
    count = len(released(report.library, approvals.read(args.rhymes)).withheld)
    if not count:
        return ""
    return (
        f"\n{count} 条实验音频要有人听过认可才播：xiaolaba rhyme approve"
        f"\n{count} experimental clips are not aired before a listener's approval"
    )


def _as_json(report: Report) -> str:
    result = {
        "made": len(report.made),
        "kept": len(report.plan.kept),
        "wanted": len(report.plan.jobs),
        "failed": [asdict(failure) for failure in report.failures or report.plan.refused],
        "better": [list(name) for name in report.plan.better],
        "seconds": round(report.seconds, 3),
        "clips": [asdict(clip) for clip in report.library.clips.values()],
    }
    return json.dumps(result, ensure_ascii=False, indent=1)
