"""`xiaolaba synth`: rhymes become clips."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from xiaolaba.adapters.clip_folder import ClipFolder
from xiaolaba.cli.progress import display, line
from xiaolaba.cli.workshop import open_shop
from xiaolaba.core.rhyme import Rhyme
from xiaolaba.core.units import RATE, Language
from xiaolaba.settings import load_rhymes
from xiaolaba.synth import batch
from xiaolaba.synth.batch import News, Report, Shop
from xiaolaba.synth.plan import Plan

EPILOG = """\
例 / examples:
  xiaolaba synth                        合成新的和改过的 / make what is new or changed
  xiaolaba synth --only shuadan-1 --language cmn
  xiaolaba synth --dry-run              只看要做什么 / show what would be made
  xiaolaba synth --upgrade              有更好的引擎时重做 / make anew what a better voice can say

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
    option = parser.add_argument
    option("--rhymes", type=Path, default=Path("audio/rhymes"), metavar="DIR", help="顺口溜 rhymes")
    option("--clips", type=Path, default=Path("audio/clips"), metavar="DIR", help="音频 clips")
    option("--config", type=Path, default=Path("config"), metavar="DIR", help="配置 configuration")
    option("--only", nargs="+", default=[], metavar="ID", help="只做这几条 only these rhymes")
    option("--language", action="append", default=[], help="只做这种语言 only this language")
    option("--dry-run", action="store_true", help="只看, 不做 show, make nothing")
    option("--json", action="store_true", help="结果用 JSON the result as JSON")
    option("--upgrade", action="store_true", help="换更好的引擎 make anew with a better voice")
    parser.set_defaults(run=synth)


def synth(args: argparse.Namespace) -> int:
    """Carry out the command."""
    rhymes = list(load_rhymes(args.rhymes).values())
    languages = [Language(language) for language in args.language]
    if _tell_unknown(rhymes, args.only, languages):
        return 2
    rhymes = [rhyme for rhyme in rhymes if not args.only or rhyme.id in args.only]
    if args.dry_run:
        proposed = batch.propose(
            rhymes, open_shop(args.config, args.clips), languages, args.upgrade
        )
        print(_as_json(Report(proposed)) if args.json else _proposal(proposed))
        return 3 if proposed.refused else 0
    with display() as tell:
        report = make_clips(args.config, rhymes, args.clips, tell, languages, args.upgrade)
    if report.damage:
        print(report.damage, file=sys.stderr)
    print(_as_json(report) if args.json else _summary(report))
    return 3 if report.failures else 0


def make_clips(
    config: Path,
    rhymes: Sequence[Rhyme],
    clips: Path,
    tell: Callable[[News], None] = lambda _: None,
    languages: Sequence[Language] = (),
    upgrade: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Make every clip that is missing; `tell` hears the plan, each clip and each failure.

    A clip is in the folder and in its manifest before it is told. Blocks
    until all is done or `cancelled` returns True.

    Raises:
        ConfigError: if voices.yaml or sound.yaml is wrong.
        StoreError: if the clip folder cannot be written or another batch is at work there.
    """
    shop = open_shop(config, clips)
    report = batch.run(rhymes, shop, languages, upgrade, tell, cancelled)
    _remember(ClipFolder(clips), shop)
    return report


def _remember(folder: ClipFolder, shop: Shop) -> None:
    """Keep how readings are pronounced, if anything is new."""
    known = folder.phonemes()
    if not shop.reader.used.items() <= known.items():
        folder.remember({**known, **shop.reader.used})


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
        f"合成 {made} 条, 不变 {kept} 条, 没做成 {failed} 条; 共 {seconds:.0f} 秒, 用时 {took} 秒\n"
        f"made {made}, kept {kept}, failed {failed}; {seconds:.0f} s of sound, took {took} s"
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
