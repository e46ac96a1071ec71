"""`xiaolaba calendar`: the published days off, shown, and the next year's notice read in."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xiaolaba.core.notice import Holiday, Year

FILE = "holidays-cn.yaml"
MOST_BYTES = 1024 * 1024

EPILOG = """\
例子 / examples:
  xiaolaba calendar show                       录入了哪些年 / which years are known
  xiaolaba calendar show --year 2026 --json    给程序看 / for machines
  xiaolaba calendar import 通知.txt            读入国务院办公厅的通知 / read in the notice
  xiaolaba calendar import 2027.yaml --yes     同样写法的文件，不再询问 / a YAML file, do not ask
  cat 通知.txt | xiaolaba calendar import - --yes

每年 11 月前后公布下一年的安排：把通知全文（连同标题）存成文本文件再导入。
看不懂的句子、对不上的星期或天数都会指出位置，什么也不改。
What is not understood is refused with its place, and nothing is changed.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "calendar",
        help="放假安排：查看、导入下一年 / days off: show, import the next year",
        description="国家公布的放假和补班 / published days off and make-up workdays",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = command.add_subparsers(metavar="show | import", required=True)
    show = _part(parts, "show", "查看录入的年份 / show the years that are known")
    show.add_argument("--year", type=int, metavar="YEAR", help="只看一年 / one year")
    show.set_defaults(run=show_years)
    bring = _part(parts, "import", "读入通知或 YAML / read in a notice or YAML")
    bring.add_argument("file", metavar="FILE", help="通知全文或 YAML；- 是标准输入 / - is stdin")
    bring.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    bring.set_defaults(run=import_years)


def _part(
    parts: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, said: str
) -> argparse.ArgumentParser:
    part = parts.add_parser(
        name,
        help=said,
        description=said,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    part.add_argument(
        "--config", type=Path, default=Path("config"), metavar="DIR", help="配置文件夹 / folder"
    )
    part.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    return part


def show_years(args: argparse.Namespace) -> int:
    """Print the years that are known, and that the next one is not."""
    from xiaolaba.cli.schedules.reading import today
    from xiaolaba.settings.holidays import parse_published

    path = args.config / FILE
    years = parse_published(_bytes(str(path)), str(path), judged=False)
    shown = [year for year in years if args.year in (None, year.year)]
    known = {year.year for year in years}
    wanted = [args.year] if args.year is not None else [today().year, today().year + 1]
    unknown = [year for year in wanted if year not in known]
    if args.json:
        _print_json({"years": [_facts(year) for year in shown], "unknown": unknown})
        return 0
    for year in shown:
        print("\n".join(_lines(year)))
    for number in unknown:
        print(
            f"{number} 年：未录入，暂按周一至周五为工作日、没有节假日"
            f" / {number}: unknown; Mon-Fri count as workdays, no day as a holiday"
        )
    return 0


def import_years(args: argparse.Namespace) -> int:
    """Read a notice, show what it says, ask, and write it down."""
    from xiaolaba.cli.asking import agreed

    years = _read(args.file)
    path = args.config / FILE
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    after = _written(path, before, years)
    if args.json:
        _print_json({"years": [_facts(year) for year in years], "changed": after != before})
    else:
        print("\n".join(line for year in years for line in _lines(year)))
    if after == before:
        print("没有变化 / nothing changes", file=sys.stderr)
        return 0
    if not args.yes and not agreed(f"写入 {path} 吗？ / write?", ("没有写入", "not written")):
        return 1
    _replace(path, after)
    print(f"已写入 {path} / written", file=sys.stderr)
    return 0


def _read(name: str) -> "tuple[Year, ...]":
    """Return the years in a notice or a YAML file."""
    from xiaolaba.core.notice import read_notice
    from xiaolaba.settings.document import decoded
    from xiaolaba.settings.holidays import parse_published

    raw = _bytes(name)
    text = decoded(raw, name)
    said = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    if next(said, "").startswith(("years:", "---", "{")):
        return parse_published(raw, name)
    return (read_notice(text, name),)


def _bytes(name: str) -> bytes:
    from xiaolaba.core.errors import ConfigError, Problem
    from xiaolaba.core.refusal import refusal

    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        zh, en = f"读不了：{refusal(error)}", f"cannot read: {error}"
        raise ConfigError((Problem(name, 1, 1, zh, en),)) from None


def _written(path: Path, text: str, years: "tuple[Year, ...]") -> str:
    """Return the file's text with the years in it that it does not say already."""
    from xiaolaba.core.errors import ConfigError, Problem
    from xiaolaba.settings.holidays import parse_published
    from xiaolaba.settings.holidays_edit import with_year

    before = parse_published(text.encode(), str(path), judged=False) if text.strip() else ()
    for year in years:
        if year in before:
            continue
        edited = with_year(text, year)
        if edited is None:
            zh = "years 下面不是每年另起一行，没法自动改；请把每一年另起一行"
            en = "each year under 'years' must begin a line of its own to be edited"
            raise ConfigError((Problem(str(path), 1, 1, zh, en),))
        text = edited
    parse_published(text.encode(), str(path))
    return text


def _replace(path: Path, text: str) -> None:
    """Replace the file whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8", newline="")
    partial.replace(path)


def _lines(year: "Year") -> Iterator[str]:
    days = sum(map(_length, year.off))
    yield f"{year.year} 年：放假 {days} 天，补班 {len(year.work)} 天"
    for one in year.off:
        last = f" 至 {_day(one.dates.last)}" if _length(one) > 1 else ""
        yield f"  {one.name} {_day(one.dates.first)}{last}，{_length(one)} 天"
    if year.work:
        yield f"  补班 {'、'.join(map(_day, year.work))}"


def _length(one: "Holiday") -> int:
    return (one.dates.last - one.dates.first).days + 1


def _day(day: date) -> str:
    return f"{day:%m-%d} 周{'一二三四五六日'[day.weekday()]}"


def _facts(year: "Year") -> dict[str, Any]:
    off = [
        {"name": one.name, "first": str(one.dates.first), "last": str(one.dates.last)}
        for one in year.off
    ]
    return {"year": year.year, "off": off, "work": [str(day) for day in year.work]}


def _print_json(facts: dict[str, Any]) -> None:
    print(json.dumps({"v": 1, **facts}, ensure_ascii=False, indent=1))
