"""Written Cantonese (粤语书面): words of Mandarin that nobody says in Cantonese, and what one says.

A small list, reviewed word by word. It flags Mandarin left in a Cantonese
reading and drafts a reading from a Mandarin one, for a person to finish.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xiaolaba.core.speech.traditional import simplified

WORDS = {
    "他们": "佢哋",
    "她们": "佢哋",
    "我们": "我哋",
    "你们": "你哋",
    "咱们": "我哋",
    "人们": "人哋",
    "什么": "乜嘢",
    "怎么": "点样",
    "为什么": "点解",
    "这个": "呢个",
    "那个": "嗰个",
    "这些": "呢啲",
    "那些": "嗰啲",
    "这里": "呢度",
    "那里": "嗰度",
    "哪里": "边度",
    "这样": "咁样",
    "那样": "咁样",
    "这么": "咁",
    "那么": "咁",
    "没有": "冇",
    "没": "冇",
    "不要": "唔好",
    "不会": "唔会",
    "不是": "唔系",
    "不用": "唔使",
    "不能": "唔可以",
    "不": "唔",
    "别": "唔好",
    "谁": "边个",
    "是": "系",
    "的": "嘅",
    "她": "佢",
    "他": "佢",
    "给": "畀",
    "看": "睇",
    "找": "揾",
    "吃": "食",
    "喝": "饮",
    "说": "话",
    "拿": "攞",
    "在": "喺",
    "来": "嚟",
    "和": "同",
    "了": "咗",
    "现在": "而家",
    "东西": "嘢",
    "刚才": "头先",
    "昨天": "寻日",
    "今天": "今日",
    "明天": "听日",
    "晚上": "夜晚",
    "孩子": "细路",
    "小孩": "细路",
    "爷爷": "阿爷",
    "奶奶": "阿嫲",
    "妈妈": "阿妈",
    "爸爸": "阿爸",
    "聊天": "倾偈",
    "睡觉": "瞓觉",
    "漂亮": "靓",
    "便宜": "平",
    "赶快": "快啲",
    "赶紧": "快啲",
    "马上": "即刻",
    "立刻": "即刻",
    "一点": "一啲",
    "知道吗": "知唔知",
    "吗": "咩",
}
"""Mandarin to Cantonese; the longest word wins."""

_KEPT = """
不如 不过 不断 不法 不良 不明 的士 目的 的确 存在 在场 在线 实在 潜在 内在 所在
悔在心 在心 但是 是非 是但 国是 和气 和平 共和 温和 来电 来源 来历 未来 将来 本来 从来 外来
了解 了结 了事 不了 其他 他人 吉他 区别 特别 分别 识别 性别 级别 个别 告别
看守 看护 看病 说明 小说 传说 说法 给予 供给 自给 沉没 没收 拿手 吃亏 吃力 找换
一点通 来往 往来 送上来 和解 和谐 淘汰
"""
KEPT = frozenset(_KEPT.split())
"""Words in which such a character is right in Cantonese as well."""

_LONGEST_FIRST = sorted({*WORDS, *KEPT}, key=lambda word: (-len(word), word))
_FOUND = re.compile("|".join(map(re.escape, _LONGEST_FIRST)))


@dataclass(frozen=True, slots=True)
class Foreign:
    """A Mandarin word at a place of a text, and what to say instead."""

    at: int
    word: str
    instead: str


def mandarin_words(text: str) -> Iterator[Foreign]:
    """Yield the Mandarin words of a text, in order."""
    for found in _FOUND.finditer(simplified(text)):
        word = found[0]
        if word not in KEPT:
            yield Foreign(found.start(), text[found.start() : found.end()], WORDS[word])


def draft(text: str) -> str:
    """Return a Mandarin text with these words exchanged: a draft, never a finished reading."""
    for foreign in reversed(list(mandarin_words(text))):
        end = foreign.at + len(foreign.word)
        text = text[: foreign.at] + foreign.instead + text[end:]
    return text
