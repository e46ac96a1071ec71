"""A parser that says in Chinese, too, what it cannot read."""

import argparse
import re
import sys
from typing import NoReturn

SAID = (
    (r"the following arguments are required: (.+)", "还要写 {}"),
    (r"unrecognized arguments: (.+)", "不认识 {}"),
    (r"one of the arguments (.+) is required", "要写其中一个：{}"),
    (r"argument (.+): not allowed with argument (.+)", "{} 不能和 {} 一起用"),
    (r"argument (.+): expected .+", "{} 后面要写值"),
    (r"argument (.+): invalid \w+ value: (.+)", "{} 的值不对：{}"),
)
"""What argparse says, and the same in Chinese; what it says otherwise stays as it is."""

CHOICE = re.compile(r"argument (.+): invalid choice: '?([^' ]*)'? \(choose from (.+)\)")


class Parser(argparse.ArgumentParser):
    """Says in Chinese, then in English, what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {told(message)}\n看 see: {self.prog} --help\n")


def told(message: str) -> str:
    """Return what argparse says in Chinese and English."""
    chosen = CHOICE.fullmatch(message)
    if chosen is not None:
        return _choice(*chosen.groups())
    for pattern, chinese in SAID:
        found = re.fullmatch(pattern, message)
        if found is not None:
            return f"{chinese.format(*found.groups())} / {message}"
    return message


def _choice(argument: str, written: str, known: str) -> str:
    """Return that a word is none of those known, with the nearest; all of them if none is near."""
    from xiaolaba.core.checking.finding import near

    zh, en = near(written, re.findall(r"[\w-]+", known))
    zh, en = (zh, en) if zh else (f"，可以是 {known}", f", choose from {known}")
    return f"{argument}：没有 '{written}'{zh} / there is no '{written}'{en}"
