"""What a new configuration changes, for people and for machines."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from xiaolaba.core.telling.difference import Airtime, Difference, Names
from xiaolaba.core.telling.policy_change import PolicyChange

MOST_NAMED = 20
MOST_WORDS = 6

WORDS = {
    "programmes_added": "新节目",
    "programmes_removed": "删去的节目",
    "programmes_changed": "改动的节目",
    "silences_added": "新增静音日",
    "silences_removed": "取消静音日",
    "silences_changed": "改动的静音日",
    "nodes_added": "新喇叭点位",
    "nodes_removed": "删去的喇叭点位",
    "nodes_changed": "播放有变的喇叭点位",
}
RULES = {
    "quiet": "静音时段",
    "blackouts": "封禁",
    "level": "最大音量",
    "daily": "一天最多播",
    "announcement": "一次即时广播最长",
    "holidays": "放假安排",
    "timezone": "时区",
}


def facts(found: Difference) -> dict[str, Any]:
    """Return what changes, JSON-ready; only what does."""
    shown: dict[str, Any] = dict(_named(found))
    if found.policy or found.rules:
        shown["policy"] = [asdict(change) for change in found.rules]
    if found.airtime:
        shown["minutes_a_day"] = [_minutes(own) for own in found.airtime]
    return shown


def _named(found: Difference) -> Iterator[tuple[str, list[str]]]:
    kinds: dict[str, Names] = {
        "programmes": found.programmes,
        "silences": found.silences,
        "nodes": found.nodes,
    }
    for kind, names in kinds.items():
        for how in ("added", "removed", "changed"):
            listed = list(getattr(names, how))
            if listed:
                yield f"{kind}_{how}", listed


def _minutes(own: Airtime) -> dict[str, Any]:
    return {
        "programme": own.programme,
        "before": round(own.before.aloud / 60, 2),
        "after": round(own.after.aloud / 60, 2),
        "more": round(own.more / 60, 2),
        "silent_before": round(own.before.silent / 60, 2),
        "silent_after": round(own.after.silent / 60, 2),
        "nodes": list(own.nodes),
    }


def show(found: Difference, names: Mapping[str, str]) -> None:
    """Print what changes; `names` are the programmes' names."""
    if found.empty:
        print("没有变化 / nothing changes")
    for kind, listed in _named(found):
        print(f"{WORDS[kind]} / {kind.replace('_', ' ')}：{_listed(listed)}")
    if found.policy or found.rules:
        print("安全策略或放假安排有变 / policy or days off changed:")
        show_rules(found.rules)
    if found.airtime:
        print("每只喇叭每天响多久（分钟，未来 30 天平均） / minutes a day at each node:")
    for own in found.airtime:
        print(_line(own, names.get(own.programme, own.programme)))


def show_rules(rules: Iterable[PolicyChange]) -> None:
    """Print what changes of the policy, a rule a line, each with what it said and says."""
    lines = [f"  {_rule(change)}" for change in rules]
    print("\n".join(lines) or "  今后的规定不变 / the rules from now on stay as they are")


def _rule(change: PolicyChange) -> str:
    kind, name = RULES[change.kind], f"“{change.name}”" if change.name else ""
    before, after = _words(change.before), _words(change.after)
    where = "全部喇叭 all" if change.everywhere else _listed(change.nodes)
    return f"{kind} {change.kind}{name}：{before} → {after}（{where}）"


def _words(words: tuple[str, ...]) -> str:
    more = f" …（共 {len(words)} 项）" if len(words) > MOST_WORDS else ""
    return ("、".join(words[:MOST_WORDS]) or "无 none") + more


def _line(own: Airtime, name: str) -> str:
    before, after = own.before.aloud / 60, own.after.aloud / 60
    more = f"{'▲' if own.more > 0 else '▼'}{own.more / 60:+.1f}" if own.more else "＝"
    change = f"{before:.1f} → {after:.1f}（{more}）{_silent(own)}"
    return f"  {name}（{own.programme}）{change} {_listed(own.nodes)}"


def _silent(own: Airtime) -> str:
    """Return how many minutes stay silent besides, "" for none."""
    before, after = (f"{side.silent / 60:.1f}" for side in (own.before, own.after))
    if not own.before.silent and not own.after.silent:
        return ""
    return f"，另 {before if before == after else f'{before} → {after}'} 待认可或未合成"


def _listed(names: Iterable[str]) -> str:
    """Return names in a row; of very many the first few and how many more there are."""
    found = list(names)
    more = f" …（另 {len(found) - MOST_NAMED} 个）" if len(found) > MOST_NAMED else ""
    return "、".join(found[:MOST_NAMED]) + more
