"""`xiaolaba voices`: which engine speaks each language, in which order, and how it is."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from xiaolaba.cli.options import add_folder

if TYPE_CHECKING:
    from xiaolaba.synth.plan import Offer

EPILOG = """\
例 / examples:
  xiaolaba voices                      每种语言的引擎，先后和状况 / the engines and their health
  xiaolaba voices --json

第一个能用的出声。顺序写在 config/voices.yaml。
The first that is ready speaks. The order stands in config/voices.yaml.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "voices",
        help="语音引擎和它们的状况 / the voice engines and their health",
        description="每种语言有哪些语音引擎，能不能用 / the engines of each language",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_folder(parser, "config", "config", "voices.yaml 所在", "where voices.yaml is")
    add_folder(parser, "recordings", "audio/recordings", "录音文件夹", "folder of recordings")
    parser.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    parser.set_defaults(run=voices)


def voices(args: argparse.Namespace) -> int:
    """Print every language's engines; exit code 3 if a language has none that is ready."""
    from xiaolaba.cli.rhymes.workshop import offer
    from xiaolaba.settings import load_voices

    settings = load_voices(args.config / "voices.yaml")
    found = {
        language: [offer(language, own, settings.online, args.recordings) for own in choices]
        for language, choices in settings.languages.items()
    }
    if args.json:
        rows = {language: [_facts(own) for own in offers] for language, offers in found.items()}
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for language, offers in found.items():
            print(language)
            for number, own in enumerate(offers, start=1):
                print(f"  {number}. {_line(own)}")
    return 0 if all(any(_ready(own) for own in offers) for offers in found.values()) else 3


def _ready(own: "Offer") -> bool:
    return not own.trouble and own.recorded != {}


def _facts(own: "Offer") -> dict[str, Any]:
    return {
        "engine": own.engine,
        "voice": own.voice,
        "version": own.version,
        "rate": own.rate,
        "offline": own.offline,
        "synthetic": own.synthetic,
        "experimental": own.experimental,
        "recorded": None if own.recorded is None else len(own.recorded),
        "ready": _ready(own),
        "health": own.trouble,
    }


def _line(own: "Offer") -> str:
    traits = [
        "离线 offline" if own.offline else "联网 online",
        *(["实验 experimental"] if own.experimental else []),
        *([f"{len(own.recorded)} 条录音 recordings"] if own.recorded is not None else []),
    ]
    if not own.trouble and not _ready(own):
        return f"{own.engine}：还没有录音 / nothing is recorded yet: xiaolaba record import"
    health = f"不能用 / not ready: {own.trouble}" if own.trouble else "可用 / ready"
    name = " ".join(filter(None, (own.engine, own.voice, own.version if own.synthetic else "")))
    return f"{name}（{'，'.join(traits)}；语速 rate {own.rate:g}）：{health}"
