"""The command line: the only place that knows both the programs and the adapters.

Exit codes: 0 fine, 1 failed, 2 bad configuration or usage, 3 partly.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from xiaolaba import __version__
from xiaolaba.cli.usage import Parser
from xiaolaba.core.errors import ConfigError, XiaolabaError

EPILOG = """\
从这里开始 / start here:
  xiaolaba run --for 60s               听一听：合成、广播、计数 / hear the whole path
  xiaolaba check --config config       检查配置，指出每个错误的位置 / every error at its place
  xiaolaba plan --node jinxiu-gate     这个喇叭哪天几点响 / when a loudspeaker sounds
  xiaolaba explain --node jinxiu-gate  为什么没响 / why it is silent
  xiaolaba synth                       把顺口溜合成为音频 / make the clips

退出码 / exit codes: 0 正常 fine · 1 失败 failed · 2 配置或用法有误 bad configuration or usage ·
3 部分完成 partly
"""


COMMANDS = {
    "run": "demo",
    "synth": "rhymes",
    "voices": "rhymes",
    "rhyme": "rhymes",
    "record": "rhymes",
    "check": "schedules",
    "plan": "schedules",
    "explain": "schedules",
    "calendar": "schedules",
    "apply": "schedules",
    "hold": "nodes",
    "policy": "schedules",
    "enrol": "nodes",
    "retire": "nodes",
    "status": "nodes",
    "daemon": "nodes",
    "node": "nodes",
}
"""Each command by its name, and the folder of its module."""


def parser(*names: str) -> argparse.ArgumentParser:
    """Return the parser with the commands of these names, or with every one.

    A command's module is imported only here, so that a node does not carry
    what it takes to run the others.
    """
    top = Parser(
        prog="xiaolaba",
        description="小喇叭：反诈顺口溜的定时广播 / anti-fraud rhymes on many loudspeakers",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"xiaolaba {__version__}")
    commands = top.add_subparsers(metavar="命令 COMMAND", required=True)
    for name in names or COMMANDS:
        import_module(f"xiaolaba.cli.{COMMANDS[name]}.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit code; Ctrl-C is 1.

    Where the locale knows no Chinese, or no ♪, its code is shown instead.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return carried_out(arguments)
    except KeyboardInterrupt:
        return 1


def carried_out(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit code, unless it is interrupted."""
    written = sys.argv[1:] if arguments is None else list(arguments)
    args = parser(*(name for name in written[:1] if name in COMMANDS)).parse_args(written)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        return _unheard()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except XiaolabaError as error:
        print(f"xiaolaba: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        return _not_installed(error, written[0])
    except OSError as error:
        return _refused(error)
    return code


def _unheard() -> int:
    """Say no more: who read the output (`| head`) has gone, which is no failure of ours."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _refused(error: OSError) -> int:
    """Say what the system refuses and where; what did not come from it is our own mistake."""
    from xiaolaba.core.refusal import refusal

    if error.errno is None:
        raise error
    where = "" if error.filename is None else f"{error.filename}："
    print(f"xiaolaba: {where}{refusal(error)} / {error.strerror}", file=sys.stderr)
    return 1


def _not_installed(error: ModuleNotFoundError, command: str) -> int:
    """Name what to install: a node has only what a node needs. Our own mistakes stay visible."""
    if (error.name or "xiaolaba").partition(".")[0] == "xiaolaba":
        raise error
    said = f"xiaolaba {command}: 没有安装 {error.name}，请运行 scripts/setup run"
    print(f"{said} / {error.name} is not installed: run scripts/setup run", file=sys.stderr)
    return 1
