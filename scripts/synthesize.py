#!/usr/bin/env python3
"""Make the clips of every rhyme: the same as `xiaolaba synth`, from a checkout.

Whatever Python calls it, it runs with the one that `scripts/setup` made.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"

if __name__ == "__main__":
    if (VENV / "pyvenv.cfg").exists() and Path(sys.prefix).resolve() != VENV.resolve():
        python = str(VENV / "bin" / "python")
        os.execv(python, [python, __file__, *sys.argv[1:]])  # noqa: S606  # our own Python
    sys.path.insert(0, str(ROOT / "daemon"))
    from xiaolaba.cli import main  # the path above comes first

    sys.exit(main(["synth", *sys.argv[1:]]))
