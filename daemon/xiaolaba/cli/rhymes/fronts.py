"""How a text gets its sounds in each language; the dictionaries are loaded when first asked."""

from importlib.metadata import PackageNotFoundError, version

from xiaolaba.core.speech.sounds import Say, covered, tables_version
from xiaolaba.core.units import Language
from xiaolaba.synth.reader import Front

CMN, YUE = Language("cmn"), Language("yue")

POLYPHONES = {
    CMN: frozenset(
        "行长重调差朝传弹倒得还降角结尽卷空累量率落散少数宿为相血应载扎占涨着只中种转处藏当薄参露挨教地看干"
    ),
    YUE: frozenset("行长重调差传转中会着种更"),
}
"""Characters that dictionaries get wrong most often, in texts such as these."""
BETWEEN_WORDS = frozenset("会都")
"""Mandarin characters that are wrong only where one word runs into another (骗子会计算)."""


def fronts() -> dict[Language, Front]:
    """Return every language's front end."""
    return {
        CMN: Front(_version(CMN, "pypinyin"), _pinyin),
        YUE: Front(_version(YUE, "tojyutping"), _jyutping),
    }


def unsure(text: str, language: Language, say: Say) -> list[int]:
    """Return the places of polyphones that no known word and no operator settles."""
    from xiaolaba.core.speech.traditional import simplified

    plain, known = simplified(text), covered(text, language, say)
    asked = _of(plain, POLYPHONES.get(language, frozenset()))
    if language == CMN:
        from xiaolaba.adapters.mandarin import contested, settled

        known |= settled(text)
        asked |= contested(text) & _of(plain, BETWEEN_WORDS)
    return sorted(asked - known)


def _of(text: str, characters: frozenset[str]) -> set[int]:
    return {at for at, character in enumerate(text) if character in characters}


def _version(language: Language, library: str) -> str:
    try:
        return f"{library} {version(library)} {tables_version(language)}"
    except PackageNotFoundError:
        return ""


def _pinyin(text: str, say: Say) -> tuple[str, ...]:
    from xiaolaba.adapters.mandarin import pinyin

    return pinyin(text, say)


def _jyutping(text: str, say: Say) -> tuple[str, ...]:
    from xiaolaba.adapters.cantonese import jyutping

    return jyutping(text, say)
