"""What a node says it is doing is shown in words."""

import pytest

from xiaolaba.cli.doing import doing
from xiaolaba.core.reason import Reason


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_for_silence_has_words_and_keeps_its_code(reason):
    words, _, code = doing(reason.value).partition(" ")

    assert code == reason.value
    assert not words.isascii()


@pytest.mark.parametrize("now", ["", "licai-app/cmn", "anything else"])
def test_what_is_no_reason_stays_as_it_is(now):
    assert doing(now) == now
