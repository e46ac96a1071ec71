"""What a batch tells: a bar on a terminal (the `rich` library), plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from xiaolaba.core.library import Clip
from xiaolaba.core.units import RATE
from xiaolaba.synth.batch import News
from xiaolaba.synth.plan import Failure, Job, Plan

ABROAD = "\n文字会发给微软的语音服务 / the texts go to Microsoft's speech service"


def line(news: News) -> str:
    """Return one piece of news as a line."""
    match news:
        case Plan(jobs, kept, _, better):
            make, keep = len(jobs), len(kept)
            count = f"要合成 {make} 条，不变 {keep} 条 / {make} to make, {keep} kept"
            more = f"；{len(better)} 条有更好的引擎 / could be better: --upgrade" if better else ""
            return count + more + (ABROAD if any(map(_goes_online, jobs)) else "")
        case Failure():
            return f"没做成 / not made: {news}"
        case Clip():
            mark = " 实验" if news.experimental else ""
            why = f" ({news.why})" if news.why else ""
            seconds = news.samples / RATE
            return f"  {news.rhyme} {news.language}{mark}: {seconds:.1f} s {news.engine}{why}"


def _goes_online(job: Job) -> bool:
    return any(not offer.offline and not offer.trouble for offer in job.offers)


@contextmanager
def display() -> Iterator[Callable[[News], None]]:
    """Yield what shows a batch's news on standard error."""
    if not sys.stderr.isatty():
        yield lambda news: print(line(news), file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("合成 / making"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)

        def tell(news: News) -> None:
            if isinstance(news, Plan):
                progress.update(task, total=len(news.jobs) + len(news.refused))
                progress.console.print(line(news), markup=False, highlight=False)
                return
            progress.advance(task)
            if isinstance(news, Failure) or news.why:
                progress.console.print(line(news), markup=False, highlight=False)

        yield tell
