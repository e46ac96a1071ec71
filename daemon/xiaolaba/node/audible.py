"""What may be heard: the score's word, judged by the interlock."""

from xiaolaba.core.interlock import verdict
from xiaolaba.core.policy import Policy
from xiaolaba.core.score import Playing, Score, Silent, Sound, sound
from xiaolaba.core.units import Instant


def audible(score: Score, policy: Policy | None, t: Instant) -> tuple[Sound, Instant]:
    """Return what sounds at `t` after the interlock, and until when that is certain."""
    word = verdict(policy, t)
    if word.reason is not None:
        return Silent(word.reason, word.until), word.until
    found = sound(score, t)
    until = min(found.until, word.until)
    return (found if isinstance(found, Playing) else Silent(found.reason, until)), until
