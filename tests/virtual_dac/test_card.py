"""What the tests of real nodes conclude from a card's log, on logs whose samples are known."""

from array import array
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import node_heard
from tests.node_heard import (
    CLIP,
    PERIOD,
    anything_between,
    heard_after,
    intact_plays,
    late,
    onsets,
    starts,
    whole_plays,
    worst,
)
from tests.node_house import noise
from tests.virtual_dac.card import Card

BEGAN = 1_800.0
RATE = 48_000.0
FAST = RATE * (1 + 40e-6)
EVER = BEGAN + 1_000
ONE, TWO = noise(1, CLIP), noise(2, CLIP)
KNOWN = node_heard._KNOWN


@dataclass
class Recording:
    """A card's samples and log as the plug-in would have written them."""

    folder: Path
    samples: "array[int]" = field(default_factory=lambda: array("h"))
    log: str = ""

    @property
    def card(self) -> Card:
        base = self.folder / "horn"
        base.with_suffix(".raw").write_bytes(self.samples.tobytes())
        base.with_suffix(".log").write_text(self.log)
        return Card(base, self.folder / "horn.conf")

    def start(self, real: float, rate: float = RATE) -> "Recording":
        """Let the card run from here on."""
        self.log += f"start frame={len(self.samples)} real={real:.7f} rate={rate:.6f}\n"
        return self

    def end(self, why: str, real: float) -> "Recording":
        """Let it stand still."""
        self.log += f"{why} frame={len(self.samples)} real={real:.7f}\n"
        return self

    def silence(self, samples: int) -> "Recording":
        self.samples.extend([0] * samples)
        return self

    def play(self, samples: "array[int]") -> "Recording":
        self.samples.extend(samples)
        return self


@pytest.fixture
def recording(tmp_path):
    return Recording(tmp_path)


def without(samples: "array[int]", place: int) -> "array[int]":
    """Return samples of which the servo dropped one."""
    return samples[:place] + samples[place + 1 :]


def test_a_clip_is_found_each_time_that_it_is_there_and_another_never(recording):
    horn = recording.start(BEGAN).silence(500).play(ONE).silence(7).play(ONE).card

    found = horn.find(ONE, EVER)

    assert found == pytest.approx([BEGAN + 500 / RATE, BEGAN + (507 + CLIP) / RATE], abs=1e-9)
    assert horn.find(TWO, EVER) == []


def test_bytes_that_begin_in_the_middle_of_a_sample_are_no_clip(recording):
    recording.start(BEGAN).play(array("h", b"\0\1\2\3\4\0"))

    assert recording.card.find(array("h", b"\1\2\3\4"), EVER) == []
    assert recording.card.find(array("h", b"\2\3\4\0"), EVER) == [BEGAN + 1 / RATE]


def test_moments_go_by_the_cards_own_pace(recording):
    horn = recording.start(BEGAN, FAST).silence(100 * 48_000).play(ONE).card

    assert horn.find(ONE, EVER) == pytest.approx([BEGAN + 100 / (1 + 40e-6)], abs=1e-6)


def test_moments_go_by_the_last_start_however_late_the_end_before_it_was_noticed(recording):
    recording.start(BEGAN).silence(480).end("xrun", BEGAN + 4)
    horn = recording.start(BEGAN + 5).silence(48).play(ONE).card

    assert horn.find(ONE, EVER) == pytest.approx([BEGAN + 5.001], abs=1e-9)
    assert starts(horn) == [BEGAN, BEGAN + 5]


def test_what_was_thrown_away_before_it_sounded_was_not_heard(recording):
    recording.start(BEGAN).silence(480).play(ONE[:240])
    recording.log += f"drop frame=600 real={BEGAN + 600 / RATE:.7f}\n"

    assert recording.card.find(ONE[:120], EVER) == [BEGAN + 0.01]
    assert recording.card.find(ONE[:240], EVER) == []


def test_what_waits_to_sound_was_not_heard_yet(recording):
    horn = recording.start(BEGAN).silence(480).play(ONE).card
    ended = BEGAN + (480 + CLIP) / RATE

    assert horn.find(ONE, ended - 0.001) == []
    assert horn.find(ONE, ended + 0.001) == [BEGAN + 0.01]


def test_what_a_killed_player_had_written_ahead_was_never_heard(recording):
    horn = recording.start(BEGAN).play(ONE).silence(480).play(TWO).card

    horn.cut_off(BEGAN + (CLIP + 480) / RATE)

    assert horn.find(ONE, EVER) == [BEGAN]
    assert horn.find(TWO[:KNOWN], EVER) == []


@pytest.mark.parametrize("dropped", [None, 5, KNOWN - 1, KNOWN, 2 * KNOWN - 1, CLIP // 2])
def test_a_clip_is_known_by_its_beginning_once_wherever_the_servo_dropped_a_sample(
    recording, dropped
):
    heard = ONE if dropped is None else without(ONE, dropped)
    horn = recording.start(BEGAN).silence(480).play(heard).silence(480).play(TWO).card

    assert onsets(horn, ONE, EVER) == pytest.approx([BEGAN + 0.01], abs=1.1 / RATE)


def test_a_clip_of_which_only_the_end_was_heard_has_no_onset(recording):
    horn = recording.start(BEGAN).play(ONE[2 * KNOWN :]).card

    assert onsets(horn, ONE, EVER) == []


def test_a_play_is_whole_if_its_end_was_heard_and_intact_if_all_of_it_was(recording):
    near_end = CLIP - KNOWN // 2
    plays = [ONE, ONE[: -2 * KNOWN], without(ONE, CLIP // 2), without(ONE, near_end)]
    recording.start(BEGAN)
    for n, play in enumerate(plays, start=1):
        recording.play(play).silence(n * 48_000 - len(recording.samples))
    horn = recording.card

    assert onsets(horn, ONE, EVER) == [BEGAN, BEGAN + 1, BEGAN + 2, BEGAN + 3]
    assert whole_plays(horn, ONE, EVER) == [BEGAN, BEGAN + 2, BEGAN + 3]
    assert intact_plays(horn, ONE, EVER) == [BEGAN]


def test_only_plays_after_a_moment_are_heard_after_it(recording):
    horn = recording.start(BEGAN).play(ONE).silence(48_000).play(ONE).card

    (second,) = heard_after(horn, ONE, BEGAN + 0.001)

    assert second == pytest.approx(BEGAN + 1 + CLIP / RATE)


def test_a_single_sample_between_two_moments_is_noticed(recording):
    horn = recording.start(BEGAN).silence(4_800).play(array("h", [1])).silence(4_800).card

    assert anything_between(horn, BEGAN + 0.09, BEGAN + 0.11)
    assert not anything_between(horn, BEGAN, BEGAN + 0.09)
    assert not anything_between(horn, BEGAN + 0.11, BEGAN + 0.2)


def test_a_card_that_never_ran_was_never_heard(tmp_path):
    horn = Card(tmp_path / "horn", tmp_path / "horn.conf")

    assert starts(horn) == heard_after(horn, ONE, 0) == intact_plays(horn, ONE, EVER) == []


def test_the_worst_of_a_loops_onsets_is_the_one_farthest_from_its_turn():
    heard = [BEGAN + 0.004, BEGAN + 3 * PERIOD - 0.011, BEGAN + 7 * PERIOD]

    assert late(heard, BEGAN) == pytest.approx([0.004, -0.011, 0.0])
    assert worst(heard, BEGAN) == pytest.approx(0.011)
