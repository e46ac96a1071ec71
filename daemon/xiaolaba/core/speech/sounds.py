"""Syllables laid beside the characters they belong to, with words whose reading is known better.

A front end gives one sound for each character of a normalised text: a
syllable with its tone digit, a mark, or "" for a capital letter. What an
operator wrote under `say`, and the phrase list of the language, replace the
sounds of whole words.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from xiaolaba.core.errors import TextError
from xiaolaba.core.speech.text import MARKS
from xiaolaba.core.speech.traditional import simplified
from xiaolaba.core.units import Language

Say = tuple[tuple[str, str], ...]
"""(word, its syllables with tone digits, one a space)."""

_SYLLABLE = {
    "cmn": re.compile(r"[a-zêü]+[1-5]"),
    "yue": re.compile(r"[a-z]+[1-6]"),
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "cmn": {
        "中了奖": "zhong4 le5 jiang3",
        "中奖": "zhong4 jiang3",
        "中招": "zhong4 zhao1",
        "吓得": "xia4 de5",
        "奶奶": "nai3 nai5",
        "幺": "yao1",
        "朝阳": "chao2 yang2",
        "查查": "cha2 cha5",
        "脏钱": "zang1 qian2",
        "传给": "chuan2 gei3",
        "刷空": "shua1 kong1",
        "只走": "zhi3 zou3",
        "反诈中心": "fan3 zha4 zhong1 xin1",
        "得了财": "de2 le5 cai2",
        "盯着": "ding1 zhe5",
        "能行": "neng2 xing2",
        "这种": "zhe4 zhong3",
        "血压": "xue4 ya1",
        "血汗": "xue4 han4",
        "说得": "shuo1 de5",
        "谁": "shei2",
        "还款": "huan2 kuan3",
        "还钱": "huan2 qian2",
    },
    "yue": {
        "中奖": "zung3 zoeng2",
        "中招": "zung3 ziu1",
        "会坏": "wui5 waai6",
        "唔会": "m4 wui5",
        "反诈中心": "faan2 zaa3 zung1 sam1",
        "好奇": "hou3 kei4",
        "正经": "zing3 ging1",
        "理会": "lei5 wui6",
        "着数": "zoek6 sou3",
        "行返": "haang4 faan1",
        "转账": "zyun2 zoeng3",
        "转钱": "zyun2 cin2",
        "返转头": "faan1 zyun3 tau4",
        "打返转头": "daa2 faan1 zyun3 tau4",
        "冇": "mou5",
        "几百": "gei2 baak3",
        "医": "ji1",
        "呃": "aak1",
        "坏": "waai6",
        "垫": "din3",
        "揾": "wan2",
        "电话卡": "din6 waa2 kaat1",
        "畀": "bei2",
        "睇": "tai2",
        "行长": "hong4 zoeng2",
        "行错": "haang4 co3",
        "证据": "zing3 geoi3",
        "谂": "nam2",
        "贼": "caak6",
        "转数": "zyun2 sou3",
        "采购": "coi2 kau3",
        "钱": "cin2",
        "钱使": "cin2 sai2",
        "银行": "ngan4 hong4",
        "银行卡": "ngan4 hong4 kaat1",
        "银行行长": "ngan4 hong4 hong4 zoeng2",
        "陷阱": "haam6 zing6",
    },
}
"""Words that the dictionaries of the libraries get wrong, or not always right."""

# fmt: off
_NAMES = {
    "cmn": {
        "A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai2 fu5",
        "G": "ji4", "H": "ei2 chi5", "I": "ai4", "J": "zhei4", "K": "kei4", "L": "ai2 lou5",
        "M": "ai2 mu5", "N": "en1", "O": "ou1", "P": "pi4", "Q": "kiu1", "R": "a4",
        "S": "ai2 si5", "T": "ti4", "U": "you1", "V": "wei1", "W": "da2 bu5 liu5",
        "X": "ai2 ke5 si5", "Y": "wai4", "Z": "zei4",
    },
    "yue": {
        "A": "ei1", "B": "bi1", "C": "si1", "D": "di1", "E": "ji1", "F": "e1 fu4",
        "G": "zi1", "H": "ik1 cyu4", "I": "aai1", "J": "zei1", "K": "kei1", "L": "e1 lou4",
        "M": "em1", "N": "en1", "O": "ou1", "P": "pi1", "Q": "kiu1", "R": "aa1 lou4",
        "S": "e1 si4", "T": "ti1", "U": "ju1", "V": "wi1", "W": "dap1 bi1 ju1",
        "X": "ik1 si4", "Y": "waai1", "Z": "ji6 set1",
    },
}
# fmt: on


def tables_version(language: Language) -> str:
    """Return a short name of this module's tables for a language; it changes when they do."""
    tables = repr((WORDS[language], _NAMES[language]))
    return hashlib.sha256(tables.encode()).hexdigest()[:12]


def sounds(
    text: str, syllables: Sequence[str], language: Language, say: Say = ()
) -> tuple[str, ...]:
    """Return the sounds of `text` in order, marks among them.

    `syllables` holds one entry for each character. The longest word wins;
    what is under `say` wins over `WORDS`. A word is found in traditional
    characters as well.

    Raises:
        TextError: if a word's syllables do not fit it, or a character has no sound.
    """
    placed = list(syllables)
    for word, said in (*_longest_last(WORDS[language].items()), *_longest_last(say)):
        for start in _places(text, word):
            placed[start : start + len(word)] = _fitting(word, said, language)
    for place, character in enumerate(text):
        if not placed[place]:
            placed[place] = _NAMES[language].get(character, "")
        if not placed[place]:
            raise TextError(f"不知道怎么读 '{character}'", f"no known sound of '{character}'")
    return tuple(sound for group in placed for sound in group.split())


def clauses(phonemes: Iterable[str], ends: str = MARKS[1:]) -> list[list[str]]:
    """Return the sounds cut after each mark of `ends`."""
    found: list[list[str]] = [[]]
    for sound in phonemes:
        found[-1].append(sound)
        if sound in ends:
            found.append([])
    return [clause for clause in found if any(sound not in MARKS for sound in clause)]


def _longest_last(words: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the words so that the longest is laid over the others."""
    return sorted(words, key=lambda pair: len(pair[0]))


def widths(text: str, language: Language) -> list[int]:
    """Return how many sounds each character of a normalised text has."""
    return [len(_NAMES.get(language, {}).get(character, "-").split()) for character in text]


def covered(text: str, language: Language, say: Say = ()) -> set[int]:
    """Return the places of characters whose reading a word of ours or of the operator settles."""
    words = (*WORDS.get(language, {}).items(), *say)
    return {
        start + place
        for word, _ in words
        for start in _places(text, word)
        for place in range(len(word))
    }


def _places(text: str, word: str) -> Iterable[int]:
    if not word:
        return ()
    wanted = re.escape(simplified(word))
    return (found.start() for found in re.finditer(wanted, simplified(text)))


def _fitting(word: str, said: str, language: Language) -> list[str]:
    given = said.split()
    if len(given) != len(word) or not all(_SYLLABLE[language].fullmatch(one) for one in given):
        raise TextError(
            f"'{word}' 的读音 '{said}' 不对：每个字要一个带声调数字的音节",
            f"'{said}' is no reading of '{word}': one syllable with a tone digit a character",
        )
    return given
