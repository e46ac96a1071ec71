"""Digits in hanzi: as a whole number, as an amount, or one by one."""

from xiaolaba.core.units import Language

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_SECTIONS = ("", "万", "亿", "万亿")


def cardinal(digits: str) -> str:
    """Return a whole number of up to 16 digits in hanzi: 110 一百一十, 10000 一万."""
    value = digits.lstrip("0") or "0"
    if value == "0":
        return "零"
    sections = [value[max(0, end - 4) : end] for end in range(len(value), 0, -4)]
    said = ""
    for index, section in reversed(list(enumerate(sections))):
        if int(section) == 0:
            said += "" if said.endswith("零") else "零"
            continue
        said += _section(section, leading=not said) + _SECTIONS[index]
    said = said.rstrip("零")
    return said.removeprefix("一") if said.startswith("一十") else said


def amount(number: str) -> str:
    """Return a number with or without a decimal point in hanzi."""
    whole, _, fraction = number.partition(".")
    return cardinal(whole) + ("点" + by_digits(fraction) if fraction else "")


def by_digits(digits: str) -> str:
    """Return each digit in hanzi, as years are read: 2011 二零一一."""
    return "".join(_DIGITS[int(digit)] for digit in digits)


def spelled(digits: str, language: Language) -> str:
    """Return a number digit by digit; Mandarin says 幺 for one, so that it is not heard as 七."""
    said = by_digits(digits)
    return said if language == "yue" else said.replace("一", "幺")


def _section(section: str, leading: bool) -> str:
    """Return four digits in hanzi, with one 零 for each run of zeros inside."""
    said = ""
    for place, digit in enumerate(section if leading else section.zfill(4)):
        unit = _UNITS[len(section if leading else section.zfill(4)) - 1 - place]
        if digit != "0":
            said += _DIGITS[int(digit)] + unit
        elif not said.endswith("零"):
            said += "零"
    return said.rstrip("零")
