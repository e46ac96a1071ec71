from dataclasses import replace

from tests.core.towns import clip
from xiaolaba.core.library import library
from xiaolaba.core.speech.approval import Approval, is_approved, released
from xiaolaba.core.units import ClipHash, Language

YUE = Language("yue")
PLAIN = clip("plain", YUE, 48_000)
TRIED = replace(clip("tried", YUE, 48_000), experimental=True, hash=ClipHash("b" * 64))
LIBRARY = library([PLAIN, TRIED])
WORD = Approval(TRIED.rhyme, YUE, TRIED.hash, "朗读者", 1_795_000_000)


def test_only_experimental_clips_need_a_word():
    assert released(LIBRARY, []).withheld == {(TRIED.rhyme, YUE)}


def test_an_approved_clip_is_released():
    assert released(LIBRARY, [WORD]).withheld == frozenset()
    assert is_approved(TRIED, [WORD])


def test_a_clip_made_anew_needs_a_new_word():
    anew = library([PLAIN, replace(TRIED, hash=ClipHash("c" * 64))])

    assert released(anew, [WORD]).withheld == {(TRIED.rhyme, YUE)}


def test_a_word_for_another_reading_does_not_count():
    other = replace(WORD, language=Language("cmn"))

    assert released(LIBRARY, [other]).withheld == {(TRIED.rhyme, YUE)}
