"""A finding: what is wrong with a town, and where in its files that was written."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]
"""Keys, indexes and ids from a file's root, such as ("programmes", 2, "where", "xideng")."""

MOST_COMPARED = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the town as a whole, told in Chinese and English."""

    path: Path
    zh: str
    en: str
    warning: bool = False


def near(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the nearest known name as a question in Chinese and English, or two empty texts."""
    found = nearest(word, known)
    return (f"（是不是 '{found}'？）", f" (did you mean '{found}'?)") if found else ("", "")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a word, if any is like it."""
    found = get_close_matches(word.lower()[:64], _like(word, list(known)), 1, 0.6)
    return found[0] if found else None


def _like(word: str, known: list[str]) -> list[str]:
    """Return the names worth comparing: all of a few, of many those that begin alike."""
    if len(known) <= MOST_COMPARED:
        return known
    return [name for name in known if name[:2] == word[:2]][:MOST_COMPARED]


def unknown(path: Path, zh: str, en: str, word: str, known: Iterable[str]) -> Finding:
    """Return that `word` is no `zh` (in English: no `en`), with the nearest that is."""
    maybe_zh, maybe_en = near(word, known)
    return Finding(path, f"没有{zh} '{word}'{maybe_zh}", f"unknown {en} '{word}'{maybe_en}")
