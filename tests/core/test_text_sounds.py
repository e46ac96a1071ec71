import pytest

from xiaolaba.core.errors import TextError
from xiaolaba.core.speech.sounds import clauses, sounds, tables_version
from xiaolaba.core.units import Language

CMN, YUE = Language("cmn"), Language("yue")


def test_an_operators_reading_of_a_word_wins_over_the_dictionary():
    found = sounds(
        "银行行长", ["yin2", "hang2", "xing2", "chang2"], CMN, (("行长", "hang2 zhang3"),)
    )

    assert found == ("yin2", "hang2", "hang2", "zhang3")


def test_a_longer_word_of_the_operator_wins_over_a_shorter():
    say = (("奶奶", "lai3 lai3"), ("奶奶好", "nai3 nai3 hao3"))

    assert sounds("奶奶好，奶奶", ["x1", "x1", "x1", "，", "x1", "x1"], CMN, say) == (
        *("nai3", "nai3", "hao3", "，", "lai3", "lai3"),
    )


@pytest.mark.parametrize(
    ("language", "names"), [(CMN, ("ei1", "pi4", "pi4")), (YUE, ("ei1", "pi1", "pi1"))]
)
def test_letters_are_read_by_their_names(language, names):
    assert sounds("APP", ["", "", ""], language) == names


@pytest.mark.parametrize("said", ["hang2", "hang2 zhang3 a1", "hang zhang", "háng zhǎng"])
def test_a_reading_that_does_not_fit_its_word_is_refused(said):
    with pytest.raises(TextError, match="行长"):
        sounds("行长", ["x1", "x1"], CMN, (("行长", said),))


def test_a_character_without_a_sound_is_named():
    with pytest.raises(TextError, match="㗂"):
        sounds("㗂", [""], YUE)


def test_a_text_is_cut_after_its_sentences():
    assert clauses(["a1", "，", "b1", "。", "！", "c1"]) == [["a1", "，", "b1", "。"], ["c1"]]


def test_each_language_has_tables_of_its_own():
    assert tables_version(CMN) != tables_version(YUE)
