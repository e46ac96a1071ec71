"""`xiaolaba check`: everything wrong with a configuration, each at its place."""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from xiaolaba.core.errors import ConfigError, Problem

EPILOG = """\
例子 / examples:
  xiaolaba check                          检查 config/ / check config/
  xiaolaba check --config DIR --json      给程序看 / for machines

每个问题一行：文件:行:列: 中文 / English
one line each: file:line:column: Chinese / English
退出码 / exit code: 0 可用（可能有警告） usable · 2 有错误 errors
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    from xiaolaba.cli.folders import add_folders

    command = commands.add_parser(
        "check",
        help="检查配置，指出每个错误的位置 / every error at its place",
        description="检查一个配置文件夹，一次指出全部问题 / check a configuration folder",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_folders(command)
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    command.set_defaults(run=check)


def check(args: argparse.Namespace) -> int:
    """Print every problem of a configuration folder and a summary."""
    problems = sorted(set(_problems(args)))
    errors = sum(not problem.warning for problem in problems)
    warnings = len(problems) - errors
    if args.json:
        rows = [asdict(problem) for problem in problems]
        found = {"ok": not errors, "errors": errors, "warnings": warnings, "problems": rows}
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for problem in problems:
            print(problem)
        word = "不可用" if errors else "可用"
        print(f"{word}：{errors} 个错误，{warnings} 个警告 / {errors} errors, {warnings} warnings")
    return 2 if errors else 0


def _problems(args: argparse.Namespace) -> Iterator[Problem]:
    from xiaolaba.cli.folders import rhymes_folder, unfound_folders
    from xiaolaba.cli.schedules.reading import read_library, today
    from xiaolaba.settings import load_daemon, load_node, load_town
    from xiaolaba.settings.voices import load_sound, load_voices

    if not args.config.is_dir():
        yield Problem(str(args.config), 1, 1, "没有这个文件夹", "no such folder")
        return
    try:
        yield from unfound_folders(args)
        yield from load_town(args.config, rhymes_folder(args), today(), read_library(args))[1]
    except ConfigError as error:
        yield from error.problems
    for name, load in (
        ("daemon.yaml", load_daemon),
        ("node.yaml", load_node),
        ("voices.yaml", load_voices),
        ("sound.yaml", load_sound),
    ):
        yield from _file_problems(args.config / name, load)


def _file_problems(path: Path, load: Callable[[Path], object]) -> tuple[Problem, ...]:
    """Return what is wrong with a file that a folder may do without."""
    if not path.exists():
        return ()
    try:
        load(path)
    except ConfigError as error:
        return error.problems
    return ()
