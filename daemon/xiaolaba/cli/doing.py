"""What a node says it is doing, in words: the rhyme that sounds, or why none does."""

from xiaolaba.core.reason import Reason

WORDS = {
    Reason.NO_PLAYLIST: "还没有播放单",
    Reason.NO_WINDOW: "现在没有节目",
    Reason.HORIZON: "播放单到期了",
    Reason.GAP: "两条之间的停顿",
    Reason.BETWEEN_ROUNDS: "两轮之间",
    Reason.TAIL: "时段的尾巴",
    Reason.OTHERS_TURN: "轮到别的喇叭",
    Reason.MISSING_CLIP: "音频还没下载到",
    Reason.UNAPPROVED: "音频待认可",
    Reason.DAILY_CAP: "到了每日上限",
    Reason.NO_POLICY: "没有安全策略",
    Reason.QUIET: "静音时段",
    Reason.BLACKOUT: "封禁",
    Reason.SILENCE: "静音日",
    Reason.NOTHING_TO_PLAY: "没有可播的",
    Reason.HOLD: "静音令",
    Reason.CLOCK: "时钟不可信",
    Reason.DEVICE: "没有声卡",
    Reason.STOPPED: "已停止",
}


def doing(now: str) -> str:
    """Return what a node's state says of now: a reason with its code, all else as it is."""
    words = in_words(now)
    return now if words == now else f"{words} {now}"


def in_words(now: str) -> str:
    """Return the same without the code, where there is little room."""
    return WORDS[Reason(now)] if now in WORDS else now
