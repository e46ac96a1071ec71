"""Why a node is silent: one machine code for each reason."""

from enum import StrEnum


class Reason(StrEnum):
    """Every silence has one of these."""

    NO_PLAYLIST = "no-playlist"
    NO_WINDOW = "no-window"
    HORIZON = "past-horizon"
    GAP = "gap"
    BETWEEN_ROUNDS = "between-rounds"
    TAIL = "tail"
    OTHERS_TURN = "others-turn"
    MISSING_CLIP = "missing-clip"
    DAILY_CAP = "daily-cap"
    NO_POLICY = "no-policy"
    QUIET = "quiet-hours"
    BLACKOUT = "blackout"
    SILENCE = "silence"
    HOLD = "hold"
    CLOCK = "clock-untrusted"
    DEVICE = "no-device"
    STOPPED = "stopped"
