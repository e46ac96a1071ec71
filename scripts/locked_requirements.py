"""Print what a node needs from the package index, exactly as uv.lock pins it, with hashes.

For `pip install --require-hashes -r`, where uv is not at hand: a Raspberry Pi,
or the build of the Debian package. Arguments name packages; without any, all
that a node needs. Standard library only.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "uv.lock"


def needed(packages: dict[str, dict[str, Any]], name: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the marker of each dependency of `name`, and of theirs in turn."""
    for dependency in packages[name].get("dependencies", []):
        yield dependency["name"], dependency.get("marker", "")
        yield from needed(packages, dependency["name"])


def line(package: dict[str, Any], marker: str) -> str:
    """Return a package as a line of a requirements file."""
    files = [*package.get("wheels", []), package["sdist"]]
    pinned = f"{package['name']}=={package['version']}" + (f" ; {marker}" if marker else "")
    return " \\\n    ".join([pinned, *(f"--hash={file['hash']}" for file in files)])


def main() -> None:
    """Print the lines, in the order of their names."""
    packages = {p["name"]: p for p in tomllib.loads(LOCK.read_text("utf-8"))["package"]}
    wanted = dict(needed(packages, "xiaolaba"))
    for name in sorted(sys.argv[1:] or wanted):
        print(line(packages[name], wanted[name]))


if __name__ == "__main__":
    main()
