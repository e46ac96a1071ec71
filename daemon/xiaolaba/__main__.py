"""Run the command line with `python -m xiaolaba`."""

import sys

from xiaolaba.cli import main

if __name__ == "__main__":
    sys.exit(main())
