"""What a run of digits names: a telephone number, a code, a year, or nothing: it is an amount.

The words around it decide; without any, its length and its zeros do: 12381
is somebody's number, 12000 and 500 are amounts.
"""

import re
from typing import Literal

POLICE = frozenset({"96110", "110"})
"""The hotline against fraud, and the police: numbers wherever they stand."""

SHORT = r"(?:1(?:10|12|14|19|2[02])|(?:9[56]|1[02])\d(?!00)\d\d|18222)"
"""Short telephone numbers: emergencies, hotlines (12381), banks (95588), Hong Kong's 18222."""

SAYINGS = frozenset({"315", "360", "520", "618"})
"""Days and firms that are called by their digits."""

Name = Literal["", "code", "telephone", "year"]

_BETWEEN = r"(?:[:：是为系号码\s\"'“‘「『《(\[【]|后[三四]位)*$"
_CALLED = re.compile(
    r"(?:电话|热线|专线|号码|手机号|座机|客服|致电|来电显示|[打拨][去畀俾通]?)" + _BETWEEN
)
_CODED = re.compile(
    r"(?:尾号|[卡账帐工单房学警]号|验证码|密码|代码|编号|邀请码|QQ群|微信)" + _BETWEEN
)
_SPENT = re.compile(
    r"(?:[赚揾返投花付交垫亏骗扣欠还借贷值领省收送款汇存取额共达超近约]|(?<!冒)充|损失|转账)[了咗到走出回]?\s*$"
)
"""Words after which a sum of money stands, though it be 12345."""

_LETTER = re.compile("[A-Za-z]$")
_BEGINS = re.compile(r"(?:[/、或和]\d+)*(?:开头|字头|号段)")
_ITS_DIGITS = re.compile(
    "热线|专线|来电|客服|打[来嚟]|电话(?![费卡])|室(?![内外友温])|房(?![间子客产东贷源款租价地屋])"
)
_ABOUT = re.compile("[余几]|多(?![久少谢])|左右|以[上下内]|上下")
_NUMBERED = re.compile("[分秒月日号]")
_YEAR = re.compile(r"20(?:0[1-9]|[1-4]\d)")
_REACH = 16
"""How many characters back a word can stand that explains a number."""


def name(text: str, start: int, end: int) -> Name:
    """Return what the digits from `start` to `end` of a plain, simplified text name."""
    digits, before = text[start:end], text[max(0, start - _REACH) : start]
    size = len(digits)
    if size >= 2 and (_CODED.search(before) or _BEGINS.match(text, end)):
        return "code"
    if size >= 3 and _LETTER.search(before):
        return "code"
    if digits in POLICE or (size >= 3 and _CALLED.search(before)):
        return "telephone"
    if size == 2 and digits[0] == "0" and _NUMBERED.match(text, end):
        return ""
    if digits[0] == "0" and 1 < size < 7:
        return "code"
    if size < 10 and (_SPENT.search(before) or _ABOUT.match(text, end)):
        return ""
    if digits in SAYINGS or (size in (3, 4) and _ITS_DIGITS.match(text, end)):
        return "code"
    if _YEAR.fullmatch(digits):
        return "year"
    return "telephone" if _looks_like_one(digits) else ""


def _looks_like_one(digits: str) -> bool:
    """Return whether digits without a word beside them are a telephone number."""
    if re.fullmatch(SHORT, digits) or len(digits) >= 10 or (digits[0] == "0" and len(digits) > 1):
        return True
    return len(digits) >= 5 and not digits.endswith("00")
