"""The question before something is done that matters."""

import sys


def agreed(question: str, undone: tuple[str, str]) -> bool:
    """Return whether the person at the terminal says yes.

    Without a terminal it says what is `undone`, in Chinese and English.
    """
    if not sys.stdin.isatty():
        print(f"{undone[0]}：不能询问，请加 --yes / {undone[1]}: add --yes", file=sys.stderr)
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes", "是")
