"""`xiaolaba run`: the whole path on one machine, with everything as processes of their own."""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

from xiaolaba.cli.demo.town import Demo, alone
from xiaolaba.cli.options import add_folder

EPILOG = """\
例子 / examples:
  xiaolaba run                 一直播放，Ctrl-C 结束 / until Ctrl-C
  xiaolaba run --for 60s       从第一声起 60 秒，然后总结 / 60 s from the first sound
  xiaolaba run --sound wav     有声卡也只写 WAV 文件 / WAV files even with a sound card

退出码 0：两个点位都真的响过，并且播放都已计数
exit code 0: both nodes really sounded and their plays were counted
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = commands.add_parser(
        "run",
        help="演示：合成、服务、两个点位，听得到也数得到 / the whole path on this machine",
        description="在本机演示全流程 / run the whole path on this machine",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--for",
        dest="lasts",
        type=duration,
        metavar="60s",
        help="从第一声起播放多久（30s、5min、1h）/ how long from the first sound",
    )
    add_folder(command, "dir", ".run", "演示的文件夹", "its folder")
    add_folder(command, "rhymes", "audio/rhymes", "顺口溜文件夹", "folder of rhymes")
    add_folder(command, "clips", "audio/clips", "音频文件夹", "folder of clips")
    add_folder(command, "config", "config", "voices.yaml 所在", "where voices.yaml is")
    command.add_argument(
        "--sound",
        choices=("auto", "wav"),
        default="auto",
        help="auto：有声卡时东门用声卡 / the first node uses a sound card if there is one",
    )
    command.add_argument("--json", action="store_true", help="总结用 JSON / the summary as JSON")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the demonstration and print its summary."""
    from xiaolaba.cli.demo.show import Demonstration

    demo = Demo(args.dir, args.rhymes, args.clips)
    with alone(demo):
        show = Demonstration(demo, args.config, use_card=args.sound == "auto")
        summary = show.perform(args.lasts, sys.stderr if args.json else sys.stdout)
    print(summary.to_json() if args.json else summary.to_text())
    hint = calling(Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
    if hint and not args.json:
        print(hint)
    return 0 if summary.heard else 1


def calling(folder: Path, path: str) -> str:
    """Return how to call the program in `folder` by its name, "" if a shell finds one on `path`."""
    if shutil.which("xiaolaba", path=path) or not (folder / "xiaolaba").exists():
        return ""
    return f'要用其他命令，先运行 / for the other commands first: export PATH="{folder}:$PATH"'


def duration(text: str) -> float:
    """Return `60s`, `5min` or `1h` in seconds."""
    found = re.fullmatch(r"(\d{1,5})(s|min|h)", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(
            f"{text!r} 不是时长，请写 60s、5min 或 1h / write 60s, 5min or 1h"
        )
    return float(found[1]) * {"s": 1, "min": 60, "h": 3600}[found[2]]
