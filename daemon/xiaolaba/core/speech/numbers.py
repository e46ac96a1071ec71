"""What each number of a text is, and how one says that.

A text is searched once, from the left, for the *kinds* of number in `_KINDS`;
where several begin at one place, the first of the table is meant. A run of
digits that is no other kind is read digit by digit if it is a `name`, else as
an amount.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from xiaolaba.core.speech.naming import SHORT, name
from xiaolaba.core.speech.numerals import amount, by_digits, cardinal, spelled
from xiaolaba.core.speech.traditional import simplified
from xiaolaba.core.units import Language

_PLAIN = str.maketrans({**dict.fromkeys("–—―−‐", "-"), "〜": "~"})
_CURRENCIES = {
    **dict.fromkeys(("¥", "RMB"), "元"),
    **dict.fromkeys(("$", "US$"), "美元"),
    "HK$": "港元",
    "€": "欧元",
    "£": "英镑",
}

_N = r"(?:\d{1,3}(?:[,，]\d{3})+|\d{1,15})(?:\.\d+)?"
_YEAR = r"(?:1[89]|20)\d\d"
_ALONE = r"(?<![\d.])"
_TO = r"(?:-{1,2}|[~至到])"
_MEASURE = (
    "(?:年(?!级)|单(?!元)|元(?!旦|宵)|小时|分钟|秒钟|公[里斤]|厘米|星期|礼拜|美[元金]|港[元币纸]"
    "|[欧日韩]元|英镑|人民币|[个次天名位张种步句遍条件岁块毛万千百亿人成倍折分蚊笔户家台部秒斤克米"
    "起例宗间份封组队项座辆套本支只头双对箱包盒袋瓶轮场招样回趟群批周]"
    "|[多余](?![久少谢]))"
)
"""What a number counts; two is 两 before it. Not 月, 号, 楼, 级, 类: those are numbered."""

_SURE = (
    "(?:元(?!旦|宵)|单(?![元位])|次(?![次日])|个(?![个人案])|人(?![人民员工家])|名(?!名)|户(?!户)"
    "|年(?![年级])|天(?![天下])|条(?![条件])|[多余][个人名户次万亿元块]|小时|分钟|公[里斤]|美[元金]"
    "|港[元币纸]|[块毛蚊万亿秒米克斤倍岁笔例])"
)
"""What even the digits of a hotline count: 110元 is an amount, 110人人知 is not."""

_UNIT = r"(?:%|月|日|号|点|小时|分钟|[天年个次名位人岁元块蚊毛万千百亿倍成折分秒斤米]|)"
_BEFORE = re.compile(rf"(?<![\d.,:])(\d?\d:\d\d|{_N})({_UNIT})半?$")
_AFTER = re.compile(rf"(?:\d+月)?(\d?\d:\d\d(?!\d)|{_N})({_UNIT})")


def written_out(text: str, language: Language) -> str:
    """Return the text with every number, and what joins numbers, in hanzi."""
    said, at = "", 0
    for found in _ANY.finditer(_one_for_one(text)):
        _, say = _KINDS[str(found.lastgroup)]
        said += text[at : found.start()] + say(found, language)
        at = found.end()
    return said + text[at:]


def telephones(text: str) -> Iterator[re.Match[str]]:
    """Yield the telephone numbers of a text; codes, and where a number begins, are none."""
    for found in _ANY.finditer(_one_for_one(text)):
        match found.lastgroup:
            case "run" if _named(found) == "telephone":
                yield found
            case "abroad" if len(_digits(found)) >= 7:
                yield found
            case "telephone":
                yield found


def _one_for_one(text: str) -> str:
    """Return the text in plain and simplified characters, each where it was; ， stays."""
    forms = ((own, unicodedata.normalize("NFKC", own)) for own in text)
    plain = "".join(form if len(form) == 1 and own != "，" else own for own, form in forms)
    return simplified(plain).translate(_PLAIN)


def _named(found: re.Match[str]) -> str:
    return name(found.string, found.start(), found.end())


def _digits(found: re.Match[str]) -> str:
    return re.sub(r"\D", "", found[0])


def _parts(found: re.Match[str]) -> list[str]:
    return re.findall(r"\d+", found[0])


def _ungrouped(number: str) -> str:
    return re.sub("[,，]", "", number)


def _two(number: str) -> str:
    """Return a number before what it counts: 2 is 两 there."""
    return "两" if number == "2" else amount(_ungrouped(number))


def _number(found: re.Match[str], language: Language) -> str:
    return amount(_ungrouped(found[0]))


def _counted(found: re.Match[str], language: Language) -> str:
    return _two(found[0])


def _days(found: re.Match[str], language: Language) -> str:
    """Return the 2 of 2日: two days in Cantonese, the second of a month in Mandarin."""
    return "两" if language == "yue" else "二"


def _one_by_one(found: re.Match[str], language: Language) -> str:
    return spelled(_digits(found), language)


def _run(found: re.Match[str], language: Language) -> str:
    match _named(found):
        case "":
            return cardinal(found[0])
        case "year":
            return by_digits(found[0])
        case _:
            return spelled(found[0], language)


def _year(found: re.Match[str], language: Language) -> str:
    return by_digits(found[0])


def _hour(found: re.Match[str], language: Language) -> str:
    return _two(found[0].lstrip("0"))


def _address(found: re.Match[str], language: Language) -> str:
    """Return a web address as one says it: digits one by one, letters by name, its points."""
    host = re.sub("^https?://", "", found[0]).partition("/")[0]
    said = host.removeprefix("www.").replace("-", "杠").replace(".", "点")
    return re.sub(r"\d+", lambda run: spelled(run[0], language), said)


def _date(found: re.Match[str], language: Language) -> str:
    """Return a date in figures as year, month and day: 2027-01-05 2027年1月5日."""
    year, month, day = _parts(found)
    return f"{by_digits(year)}年{cardinal(month)}月{cardinal(day)}日"


def _month_day(found: re.Match[str], language: Language) -> str:
    return "月".join(cardinal(part) for part in _parts(found))


def _clock(found: re.Match[str], language: Language) -> str:
    """Return a time of day: 8:30 八点三十分, 8:00 八点, 8:05 八点零五分."""
    hour, minute = _parts(found)
    said = _two(hour.lstrip("0")) + "点"
    if minute == "00":
        return said
    return said + ("零" if minute < "10" else "") + cardinal(minute) + "分"


def _money(found: re.Match[str], language: Language) -> str:
    """Return an amount with a sign: ¥3万 三万元; $5 is 五蚊 in Cantonese."""
    sign, number, unit = re.split(rf"\s*({_N})", found[0], maxsplit=1)
    currency = "蚊" if (sign, language) == ("$", "yue") else _CURRENCIES[sign]
    return _two(number) + unit.rstrip("元") + currency


def _percent(found: re.Match[str], language: Language) -> str:
    """Return a percentage: 3.5% 百分之三点五, 100% 百分之百."""
    number = found[0].removesuffix("%")
    return "百分之" + ("百" if number == "100" else amount(_ungrouped(number)))


def _fraction(found: re.Match[str], language: Language) -> str:
    part, whole = _parts(found)
    return f"{cardinal(whole)}分之{cardinal(part)}"


def _ordinal(found: re.Match[str], language: Language) -> str:
    """Return 第 and what it numbers: 第2次 第二次, 第1-2天 第一到二天."""
    said = re.sub(r"\d+", lambda run: cardinal(run[0]), found[0])
    return re.sub("[-~]+", "到", said)


def _until(found: re.Match[str], language: Language) -> str:
    """Return 到 for a dash between two numbers of one kind, elsewhere the dash."""
    text = found.string
    low = _BEFORE.search(text[max(0, found.start() - 24) : found.start()])
    high = _AFTER.match(text, found.end())
    return "到" if low and high and _is_range(low, high, "~" in found[0]) else found[0]


def _is_range(low: re.Match[str], high: re.Match[str], wave: bool) -> bool:
    """Return whether two numbers are the ends of a range: 3-5天, 10点-12点, 300-500."""
    if ":" in low[1] or ":" in high[1]:
        return ":" in low[1] and ":" in high[1]
    if low[2]:
        return wave or low[2] == high[2]
    if float(_ungrouped(low[1])) >= float(_ungrouped(high[1])):
        return False
    alike = all(re.fullmatch(rf"\d+0|{_YEAR}", end) for end in (low[1], high[1]))
    return bool(high[2]) or (not re.fullmatch(SHORT, low[1]) and (wave or alike))


_Say = Callable[[re.Match[str], Language], str]
_OF_RANGE = rf"(?=(?:{_TO}{_N})?%s)"
_KINDS: dict[str, tuple[str, _Say]] = {
    # www.12321.cn
    "address": (
        r"(?<![A-Za-z0-9-])(?:https?://)?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
        r"(?:/[A-Za-z0-9._~/?&=#%-]*)?",
        _address,
    ),
    # +86 138 0013 8000; the countries from which swindlers call, or seem to
    "abroad": (
        r"(?<![\dA-Za-z万亿])\+(?:00|44|85[2356]|86|886|95)(?:[ -]?\d{3,})*"
        rf"(?!\d|{_MEASURE})",
        _one_by_one,
    ),
    # 2027-01-05
    "date": (
        r"(?<!\d)(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)",
        _date,
    ),
    # 2月14日
    "month_day": (r"(?<!\d)(?:0?[1-9]|1[0-2])月(?:0?[1-9]|[12]\d|3[01])(?=[日号])", _month_day),
    # 8:30
    "clock": (r"(?<!\d)(?:[01]?\d|2[0-4]):[0-5]\d(?!\d)", _clock),
    # HK$500
    "money": (rf"(?:(?:HK|US)?\$|[¥€£]|RMB)\s*{_N}[万亿]?元?", _money),
    # 3.5%, 50-80%
    "percent": (rf"{_ALONE}{_N}(?:%|(?={_TO}{_N}%))", _percent),
    # 1/2
    "fraction": (r"(?<![\d/])\d{1,2}/\d{1,3}(?![\d/])", _fraction),
    # 第2次
    "ordinal": (r"第\d{1,15}(?:[、和及至到~-]\d{1,15})*", _ordinal),
    # 80、90后
    "decade": (r"(?<!\d)\d\d(?=(?:[-~、至到]\d\d)?后(?![面来天期头]))", _year),
    # 2027年
    "year": (
        rf"(?<!\d){_YEAR}(?=(?:[-~至到]{_YEAR})?(?:年|新年|春节|元旦|元宵|学年|届))",
        _year,
    ),
    # 400-800-1234, but 300-500, 300-450元 and 2026-2027 are ranges
    "telephone": (
        rf"(?<!\d)(?!{SHORT}\D|{_YEAR}-{_YEAR}(?![\d -])"
        rf"|[1-9]\d*0-[1-9]\d*0(?![\d -])|\d+-\d+{_MEASURE})"
        r"\d{3,5}(?:[ -]\d{3,8})+(?!\d)",
        _one_by_one,
    ),
    # 2点
    "hour": (r"(?<!\d)(?:[01]?\d|2[0-4])(?=点(?![击开赞]))", _hour),
    # 8点05分
    "minute": (r"(?<=点)0\d(?!\d)|(?<=分)0\d(?=秒)", _year),
    # 1，000 (no number of its own begins with 0); 1,234 and 1，234元, but 110，120 and 200，300元
    "grouped": (
        rf"{_ALONE}(?=\d{{1,3}}(?:[,，]\d{{3}})*[,，]0"
        rf"|(?!{SHORT}[,，]|\d00，\d00\D)(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|{_N}{_MEASURE})"
        rf"|(?<![打拨]){SHORT}(?:,\d{{3}})+{_MEASURE})"
        r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?(?!\d)",
        _number,
    ),
    # 2日
    "days": (rf"{_ALONE}2" + _OF_RANGE % "日", _days),
    # 300蚊, 2-3天
    "counted": (
        rf"{_ALONE}(?!{SHORT}(?!\d)(?!(?:{_TO}\d{{3,}})?{_SURE}))(?:0|[1-9]\d{{0,14}})(?:\.\d+)?"
        + _OF_RANGE % _MEASURE,
        _counted,
    ),
    "decimal": (r"\d{1,15}\.\d+", _number),
    "run": (r"\d+", _run),
    "dash": ("-{1,2}|~", _until),
    # 10万+
    "more": (r"(?<=[\d万千百亿])\+(?!\d)", lambda found, language: "多"),
    "plus": (r"\+", lambda found, language: "加"),
    # 7×24
    "times": (r"(?<=\d)[×xX*](?=\d)", lambda found, language: "乘"),
    "equals": ("=", lambda found, language: "等于"),
    # 50元/单
    "each": (
        r"(?<=[\d万千百元块蚊次个人条单])/(?=[天日月年周人次个单条])",
        lambda found, language: "每",
    ),
}
_ANY = re.compile("|".join(f"(?P<{kind}>{how})" for kind, (how, _) in _KINDS.items()))
