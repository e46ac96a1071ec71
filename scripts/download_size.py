"""Say how much the Python packages of an installation will download.

The sizes are those that uv.lock records for the wheels that fit this machine;
what is already installed, or already in uv's cache, costs nothing more.
Arguments are those of `uv export`, such as `--extra daemon`.
"""

import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.tags import sys_tags
from pip._vendor.packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parent.parent


def wanted(arguments: list[str]) -> dict[str, str]:
    """Return the version of each package that uv would install here."""
    command = [sys.prefix + "/bin/uv", "export", "--frozen", "--quiet", "--no-hashes"]
    command += ["--no-emit-project", "--no-annotate", "--no-header", *arguments]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    requirements = [Requirement(line) for line in lines.splitlines() if line.strip()]
    return {
        canonicalize_name(r.name): str(r.specifier).removeprefix("==")
        for r in requirements
        if r.marker is None or r.marker.evaluate()
    }


def installed(name: str, version: str) -> bool:
    """Return whether this very version is installed."""
    try:
        return importlib.metadata.version(name) == version
    except importlib.metadata.PackageNotFoundError:
        return False


def size(package: dict[str, Any]) -> int:
    """Return the bytes of the wheel that fits this machine best, else of the source."""
    rank = {tag: place for place, tag in enumerate(sys_tags())}
    fitting = [
        (min(rank[tag] for tag in tags & rank.keys()), wheel["size"])
        for wheel in package.get("wheels", [])
        if (tags := set(parse_wheel_filename(wheel["url"].rsplit("/", 1)[1])[3])) & rank.keys()
    ]
    return int(min(fitting)[1] if fitting else package.get("sdist", {}).get("size", 0))


def main() -> None:
    """Print one line, or nothing when nothing is missing."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    packages = {(p["name"], p["version"]): p for p in lock["package"] if "version" in p}
    missing = {
        name: size(packages[name, version])
        for name, version in wanted(sys.argv[1:]).items()
        if not installed(name, version) and (name, version) in packages
    }
    if missing:
        largest = sorted(missing, key=missing.__getitem__, reverse=True)[:3]
        print(
            f"将下载 {len(missing)} 个 Python 包，共 {sum(missing.values()) / 1e6:.0f} MB / "
            f"Python packages to download: {len(missing)}, "
            f"{sum(missing.values()) / 1e6:.0f} MB (largest: {', '.join(largest)})"
        )


if __name__ == "__main__":
    main()
