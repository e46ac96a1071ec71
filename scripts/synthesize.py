#!/usr/bin/env python3
"""Make the clips of every rhyme: the same as `xiaolaba synth`, from a checkout."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "daemon"))

from xiaolaba.cli import main  # the path above comes first

if __name__ == "__main__":
    sys.exit(main(["synth", *sys.argv[1:]]))
