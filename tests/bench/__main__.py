"""Run benchmarks and print them as a table, or as JSON with --json.

    python -m tests.bench [NAME ...] [--json]

A benchmark is a module `bench_NAME.py` here with `measure() -> list[Figure]`.
"""

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure

NAMES = sorted(
    path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
)


def table(results: dict[str, list[Figure]]) -> Table:
    """Return the figures as a table."""
    found = Table(title=f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version[:6]}")
    for column in ("benchmark", "figure", "value", "unit", "goal", "reached"):
        found.add_column(column, justify="right" if column == "value" else "left")
    for name, figures in results.items():
        for figure in figures:
            reached = {True: "yes", False: "NO", None: ""}[figure.reached]
            value = f"{figure.value:,.4g}" if figure.value < 1e4 else f"{figure.value:,.0f}"
            found.add_row(name, figure.what, value, figure.unit, figure.goal, reached)
    return found


def main() -> int:
    """Run what was asked for; exit code 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    if unknown := set(args.names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
    results: dict[str, list[Figure]] = {}
    for name in args.names or NAMES:
        print(f"{name} ...", file=sys.stderr)
        results[name] = importlib.import_module(f"tests.bench.bench_{name}").measure()
    if args.json:
        rows = {name: [f.to_json() for f in figures] for name, figures in results.items()}
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        Console(width=None if sys.stdout.isatty() else 120).print(table(results))
    return 1 if any(f.reached is False for fs in results.values() for f in fs) else 0


if __name__ == "__main__":
    sys.exit(main())
