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
    UNAPPROVED = "unapproved"
    DAILY_CAP = "daily-cap"
    NO_POLICY = "no-policy"
    QUIET = "quiet-hours"
    BLACKOUT = "blackout"
    SILENCE = "silence"
    NOTHING_TO_PLAY = "nothing-to-play"
    HOLD = "hold"
    CLOCK = "clock-untrusted"
    DEVICE = "no-device"
    STOPPED = "stopped"


class Remark(StrEnum):
    """What an explanation says besides the reasons for silence."""

    PLAYING = "playing"
    ALLOWED = "policy-allows"
    WINDOW = "window"
    LOWER_PRIORITY = "lower-priority"
    OTHER_HOURS = "other-hours"
    NOT_TODAY = "not-today"
    NO_PROGRAMME = "no-programme"
    UNKNOWN_YEAR = "unknown-year"
