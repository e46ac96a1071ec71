"""What would sound is judged over the next 400 days, and what nobody meant is told."""

from dataclasses import replace
from datetime import UTC, date

import pytest

from xiaolaba.core.calendar import Calendar, DayClass
from xiaolaba.core.checking.finding import Finding
from xiaolaba.core.checking.town import names, sent, sounding
from xiaolaba.core.library import Clip, Library, library
from xiaolaba.core.policy import Caps
from xiaolaba.core.rhyme import Audience, Reading, Rhyme
from xiaolaba.core.schedule import (
    BlackoutRule,
    Dates,
    Hours,
    Node,
    Place,
    PolicyRules,
    Priority,
    Programme,
    QuietRule,
    Selection,
    Silence,
    Together,
    Town,
    Where,
)
from xiaolaba.core.units import (
    RATE,
    ClipHash,
    Language,
    NodeId,
    PlaceId,
    ProgrammeId,
    RhymeId,
    Samples,
    Seconds,
)
from xiaolaba.core.zone import zone

SATURDAY = date(2026, 11, 21)
CMN = Language("cmn")
NOWHERE = Where(frozenset({"gate"}), not_ids=frozenset({"gate"}))
GATE, YARD = Where(frozenset({"gate"})), Where(frozenset({"yard"}))
NIGHT = QuietRule("夜间", Hours(21 * 60, 31 * 60))
KNOWN = Calendar(frozenset({2026, 2027}))


def hours(start: str, end: str) -> Hours:
    first, last = ((int(t[:2]) * 60 + int(t[3:])) for t in (start, end))
    return Hours(first, last if last > first else last + 1440)


def programme(name: str, *at: Hours, where: Where = GATE, **more) -> Programme:
    return Programme(ProgrammeId(name), name, where, at, more.pop("selection", "all"), **more)


def rhyme(name: str, *languages: str) -> Rhyme:
    readings = tuple(Reading(Language(language), "骗子来电话") for language in languages)
    return Rhyme(RhymeId(name), "刷单返利", frozenset({Audience.ALL}), readings)


def town(*programmes: Programme, **more) -> Town:
    together = more.pop("together", Together.UNISON)
    nodes = tuple(Node(NodeId(name), name) for name in more.pop("nodes", ("gate", "yard")))
    first, last = date(2026, 10, 1), date(2028, 1, 31)
    return Town(
        zone("UTC", UTC, first, last),
        (Place(PlaceId("home"), "家", nodes=nodes, together=together),),
        programmes,
        more.pop("selections", {"all": Selection("all")}),
        policy=more.pop("policy", PolicyRules((NIGHT,))),
        calendar=more.pop("calendar", KNOWN),
        rhymes={r.id: r for r in more.pop("rhymes", (rhyme("one", "cmn"),))},
    )


def lasting(seconds: float) -> Library:
    length = Samples(round(seconds * RATE))
    name = (RhymeId("one"), CMN, ClipHash("0" * 64))
    return library([Clip(*name, length, "e", "v", "", False, 0.0, 0.0)])


def found(own: Town, clips: Library | None = None, about: str = "") -> list[Finding]:
    every = [*names(own), *sounding(own, clips or lasting(5), SATURDAY)]
    return [finding for finding in every if about in finding.en]


EVERYWHERE_AT_NINE = programme("a", hours("09:00", "10:00"), where=Where(frozenset({"home"})))


def test_a_sound_town_has_no_findings():
    assert found(town(EVERYWHERE_AT_NINE)) == []


@pytest.mark.parametrize(
    ("other", "first"),
    [
        (programme("b", hours("09:30", "10:30")), "2026-11-21 09:30"),
        (programme("b", hours("08:00", "09:01"), days=frozenset({0})), "2026-11-23 09:00"),
        (programme("b", hours("22:00", "09:30")), "2026-11-21 09:00"),
        (
            programme(
                "b",
                hours("09:30", "10:30"),
                dates=Dates(date(2027, 3, 1), date(2027, 3, 9)),
                exceptions=frozenset({date(2027, 3, 1)}),
            ),
            "2027-03-02 09:30",
        ),
    ],
    ids=["every day", "on Mondays", "from the day before", "on some dates but one"],
)
def test_equal_priorities_that_meet_on_a_node_are_named_with_the_first_clash(other, first):
    (clash,) = found(town(EVERYWHERE_AT_NINE, other), about="equal priority")

    assert clash.path == ("programmes", 1, "at")
    assert clash.en.startswith("'b' and 'a' have equal priority and overlap on 'gate'")
    assert f"first at {first};" in clash.en
    assert not clash.warning


@pytest.mark.parametrize(
    "other",
    [
        programme("b", hours("10:00", "11:00")),
        programme("b", hours("09:30", "10:30"), priority=Priority.CAMPAIGN),
        programme("b", hours("09:30", "10:30"), days=DayClass.HOLIDAY),
        programme("b", hours("09:30", "10:30"), dates=Dates(date(2026, 1, 1), date(2026, 11, 20))),
        programme("b", hours("09:30", "10:30"), where=Where(frozenset({"home"}), not_ids=GATE.ids)),
    ],
    ids=["touching", "of another priority", "on no such day", "in the past", "on another node"],
)
def test_programmes_that_never_meet_do_not_clash(other):
    at_gate = programme("a", hours("09:00", "10:00"))

    assert found(town(at_gate, other), about="equal priority") == []


@pytest.mark.parametrize(
    ("at", "k"),
    [
        ((hours("09:00", "10:00"), hours("09:30", "11:00")), 1),
        ((hours("00:30", "01:00"), hours("23:00", "00:45")), 1),
        ((hours("09:00", "10:00"), hours("11:00", "12:00"), hours("09:59", "10:01")), 2),
    ],
    ids=["on one day", "across midnight", "the third with the first"],
)
def test_ranges_of_one_programme_that_overlap_are_told(at, k):
    (finding,) = found(town(programme("a", *at)), about=" overlaps ")

    assert finding.path == ("programmes", 0, "at", k)
    assert not finding.warning


def test_touching_ranges_are_fine():
    at = (hours("09:00", "10:00"), hours("10:00", "11:00"))

    assert found(town(programme("a", *at)), about="overlap") == []


def test_a_range_over_twelve_hours_is_doubted():
    (finding,) = found(town(programme("a", hours("08:00", "20:01"))), about="12 hours")

    assert finding.warning


def test_a_range_wholly_in_quiet_hours_is_told():
    own = town(programme("a", hours("06:00", "07:00"), hours("06:59", "07:01")))

    (finding,) = found(own, about="quiet hours")

    assert finding.path == ("programmes", 0, "at", 0)
    assert finding.en == "06:00-07:00 lies wholly in quiet hours at 'gate' and will not sound"


def test_a_range_that_is_quiet_on_some_days_only_is_fine():
    rest = QuietRule("休息日", hours("07:00", "11:00"), DayClass.RESTDAY)
    own = town(EVERYWHERE_AT_NINE, policy=PolicyRules((NIGHT, rest)))

    assert found(own, about="quiet hours") == []


@pytest.mark.parametrize(
    "mute",
    [
        programme(
            "mute", hours("09:00", "10:00"), dates=Dates(date(2025, 1, 1), SATURDAY.replace(day=20))
        ),
        programme("mute", hours("09:10", "09:50"), priority=Priority.BACKGROUND),
        programme("mute", hours("12:00", "13:00"), days=DayClass.HOLIDAY),
        programme("mute", hours("12:00", "12:01"), selection="slow"),
    ],
    ids=["over", "always taken by another", "on no day at all", "with no item that fits"],
)
def test_a_programme_that_never_sounds_is_told(mute):
    slow = Selection("slow", gap=Seconds(58.0))
    own = town(EVERYWHERE_AT_NINE, mute, selections={"all": Selection("all"), "slow": slow})

    (finding,) = found(own, about="programme 'mute' never sounds")

    assert finding.path == ("programmes", 1)
    assert finding.warning


def test_nodes_that_never_sound_are_told_place_by_place():
    own = town(programme("a", hours("09:00", "10:00")), nodes=("gate", "yard", "attic"))

    (finding,) = found(own, about="nodes never sound")

    assert finding.path == ("places", 0, "nodes", "yard")
    assert finding.en.endswith(": yard, attic")


def test_a_blackout_of_the_whole_time_silences_its_nodes():
    forever = BlackoutRule("长期", (date(2026, 1, 1), 0), (date(2029, 1, 1), 0), YARD)
    own = town(EVERYWHERE_AT_NINE, policy=PolicyRules((NIGHT,), (forever,)))

    assert [f.en[-6:] for f in found(own, about="never sound")] == [": yard"]


def test_unison_nodes_with_different_windows_of_one_programme_are_told():
    own = town(
        EVERYWHERE_AT_NINE,
        policy=PolicyRules((NIGHT, QuietRule("中庭", hours("09:00", "09:30"), where=YARD))),
    )

    (finding,) = found(own, about="in unison")

    assert finding.path == ("places", 0, "nodes", "yard")
    assert finding.warning


@pytest.mark.parametrize(
    "own",
    [
        town(EVERYWHERE_AT_NINE, programme("b", hours("11:00", "12:00"), where=YARD)),
        town(
            EVERYWHERE_AT_NINE,
            together=Together.STAGGER,
            policy=PolicyRules((NIGHT, QuietRule("中庭", hours("09:00", "09:30"), where=YARD))),
        ),
        town(
            EVERYWHERE_AT_NINE,
            policy=PolicyRules((NIGHT, QuietRule("中庭", hours("15:00", "16:00"), where=YARD))),
        ),
    ],
    ids=["a node that where leaves out", "staggered nodes", "a rule that changes nothing"],
)
def test_differences_that_do_no_harm_are_not_told(own):
    assert found(own, about="in unison") == []


@pytest.mark.parametrize(
    ("clips", "warning"), [(lasting(70), False), (Library(), True)], ids=["known", "estimated"]
)
def test_an_item_longer_than_every_is_told_at_every(clips, warning):
    at_once = programme("a", hours("09:00", "10:00"), every=Seconds(4.0))

    (finding,) = found(town(at_once), clips, "longer than every")

    assert finding.path == ("programmes", 0, "every")
    assert finding.warning is warning


def test_an_item_that_a_programme_never_plays_may_be_as_long_as_it_likes():
    yue = Language("yue")
    names = (RhymeId("one"), CMN, ClipHash("0" * 64)), (RhymeId("one"), yue, ClipHash("1" * 64))
    seconds = {CMN: 10, yue: 70}
    clips = library(
        Clip(*name, Samples(seconds[name[1]] * RATE), "e", "v", "", False, 0.0, 0.0)
        for name in names
    )
    minutely, quarterly = (Seconds(60.0), Seconds(900.0))
    own = town(
        programme("a", hours("09:00", "10:00"), every=minutely),
        programme("b", hours("09:00", "10:00"), where=YARD, every=quarterly),
        programme("c", hours("11:00", "12:00"), where=NOWHERE, every=minutely),
        rhymes=(rhyme("one", "cmn", "yue"),),
    )
    places = tuple(
        Place(PlaceId(name), name, nodes=(Node(NodeId(name), name),), languages=((language, 1),))
        for name, language in (("gate", CMN), ("yard", yue))
    )

    assert found(replace(own, places=places), clips, "longer than every") == []


def test_an_item_longer_than_the_longest_range_is_told_at_the_range():
    (finding,) = found(town(programme("a", hours("09:00", "09:01"))), lasting(70), "longer than at")

    assert finding.path == ("programmes", 0, "at")


def test_an_item_that_a_cut_leaves_no_room_for_is_told():
    cut = QuietRule("一刻", hours("09:01", "10:00"))
    own = town(programme("a", hours("09:00", "11:00")), policy=PolicyRules((NIGHT, cut)))

    (finding,) = found(own, lasting(90), "does not fit")

    assert finding.en == "'one' (cmn) does not fit into 2026-11-21 09:00-09:01 and is skipped there"


LAST_JUNE, YESTERDAY = date(2025, 6, 20), SATURDAY.replace(day=20)
NINE_TO_TEN = hours("09:00", "10:00")


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"silences": (Silence("中考", Dates(LAST_JUNE, YESTERDAY)),)}, ("silence", 0, "dates")),
        (
            {
                "policy": PolicyRules(
                    (NIGHT, QuietRule("考", NINE_TO_TEN, dates=Dates(*[LAST_JUNE] * 2)))
                )
            },
            ("quiet", 1, "dates"),
        ),
        (
            {
                "policy": PolicyRules(
                    (NIGHT,), (BlackoutRule("高考", (LAST_JUNE, 0), (YESTERDAY, 1440)),)
                )
            },
            ("blackouts", 0, "to"),
        ),
    ],
    ids=["a silence", "quiet hours with dates", "a blackout"],
)
def test_what_is_wholly_past_is_doubted(more, path):
    own = replace(town(EVERYWHERE_AT_NINE), **more)

    (finding,) = found(own)

    assert finding.path == path
    assert finding.en.endswith("is wholly past: is the year right?")
    assert finding.warning


def test_what_ends_today_or_tonight_is_not_past():
    today = Dates(LAST_JUNE, SATURDAY)
    tonight = QuietRule("考前夜间", hours("22:00", "06:00"), dates=Dates(YESTERDAY, YESTERDAY))
    until_noon = BlackoutRule("高考", (LAST_JUNE, 0), (SATURDAY, 720))
    own = replace(
        town(EVERYWHERE_AT_NINE),
        silences=(Silence("中考", today),),
        policy=PolicyRules((NIGHT, tonight), (until_noon,)),
    )

    assert found(own, about="wholly past") == []


def test_a_policy_without_quiet_hours_is_doubted():
    (finding,) = found(town(EVERYWHERE_AT_NINE, policy=PolicyRules(caps=Caps())))

    assert finding.path == ("quiet",)
    assert finding.warning


def test_a_year_without_holidays_is_told_only_to_those_who_ask_for_kinds_of_days():
    at_nine = hours("09:00", "10:00")
    unknown = Calendar(frozenset({2026}))
    workdays = town(programme("a", at_nine, days=DayClass.WORKDAY), calendar=unknown)
    mondays = town(programme("a", at_nine, days=frozenset({0})), calendar=unknown)

    assert [f.en[:29] for f in found(workdays, about="unknown")] == [
        "the holidays of 2027 are unkn"
    ]
    assert found(mondays, about="unknown") == []


def test_a_playlist_that_picks_nothing_is_told():
    empty = Selection("all", topics=frozenset({"没有"}))

    said = [(f.path, f.warning) for f in found(town(selections={"all": empty}))]

    assert (("playlists", "all"), False) in said
    assert (("playlists", "all", "pick", "topics", "没有"), True) in said


YUE, SLIP = Language("yue"), Language("yeu")


def test_rhymes_without_a_wanted_reading_are_left_out_with_one_warning_a_playlist():
    both = Selection("all", languages=((CMN, 1), (YUE, 1)))
    rhymes = (rhyme("one", "cmn"), rhyme("two", "cmn", "yue"), rhyme("three", "cmn"))
    own = town(EVERYWHERE_AT_NINE, selections={"all": both}, rhymes=rhymes)

    (finding,) = found(own, about="reading")

    assert finding.path == ("playlists", "all")
    assert finding.en == "'all': 2 of 3 have no yue reading and are left out there: one, three"
    assert finding.warning


def test_of_many_rhymes_without_a_reading_the_first_ones_are_named():
    both = Selection("all", languages=((CMN, 1), (YUE, 1)))
    rhymes = (rhyme("z", "cmn", "yue"), *(rhyme(f"r{n}", "cmn") for n in range(9)))
    own = town(EVERYWHERE_AT_NINE, selections={"all": both}, rhymes=rhymes)

    (finding,) = found(own, about="reading")

    assert finding.en.startswith("'all': 9 of 10 have no yue reading")
    assert finding.en.endswith(": r0, r1, r2, r3, r4 ...")


def test_a_language_that_no_rhyme_of_a_playlist_has_lists_none():
    both = Selection("all", topics=frozenset({"刷单返利"}), languages=((CMN, 1), (YUE, 1)))
    other = replace(rhyme("two", "yue"), topic="保健品")
    own = town(EVERYWHERE_AT_NINE, selections={"all": both}, rhymes=(rhyme("one", "cmn"), other))

    (finding,) = found(own, about="reading")

    assert finding.en == "'all': no rhyme has a yue reading; that share is left out"


def test_a_language_that_no_rhyme_has_is_told_once_at_its_share_and_nowhere_else():
    rhymes = (rhyme("one", "cmn", "yue"), rhyme("two", "cmn", "yue"))
    picks = {"all": Selection("all"), "own": Selection("own", languages=((CMN, 1), (SLIP, 1)))}
    own = town(EVERYWHERE_AT_NINE, selections=picks, rhymes=rhymes)
    place = replace(own.places[0], languages=((CMN, 50), (SLIP, 50)))

    at_home, in_playlist = found(replace(own, places=(place,)), about="yeu")

    assert at_home.path == ("places", 0, "languages", "yeu:")
    assert in_playlist.path == ("playlists", "own", "languages", "yeu:")
    assert at_home.en == "no rhyme has a yeu reading (did you mean 'yue'?)"
    assert at_home.warning


def test_a_rhyme_named_without_any_wanted_reading_is_an_error():
    named = Selection("all", rhymes=(RhymeId("one"), RhymeId("two")))
    rhymes = (rhyme("one", "cmn"), rhyme("two", "hak"))
    own = town(EVERYWHERE_AT_NINE, selections={"all": named}, rhymes=rhymes)

    (finding,) = found(own, about="reading")

    assert finding.path == ("playlists", "all", "rhymes", "two")
    assert not finding.warning


def test_a_place_and_a_node_cannot_share_an_id():
    (finding,) = names(town(EVERYWHERE_AT_NINE, nodes=("gate", "home")))

    assert finding.path == ("places", 0, "nodes", 1, "id")


def long_names(count: int) -> tuple[str, ...]:
    return tuple(f"node-{n:027}" for n in range(count))


@pytest.mark.parametrize(
    ("nodes", "together", "told"),
    [
        (1300, Together.STAGGER, 0),
        (1500, Together.STAGGER, 1),
        (1500, Together.UNISON, 0),
    ],
)
def test_a_staggered_place_that_no_message_can_list_is_told_at_its_place(nodes, together, told):
    own = town(EVERYWHERE_AT_NINE, nodes=long_names(nodes), together=together)

    findings = [one for one in sent(own, lasting(5), SATURDAY) if "take turns" in one.en]

    assert [(one.path, one.warning) for one in findings] == told * [
        (("places", 0, "together"), False)
    ]


def test_a_month_longer_than_any_node_reads_is_told_at_the_programme_that_makes_it_so():
    many = tuple(rhyme(f"r-{n:030}", "cmn") for n in range(5000))
    selections = {"all": Selection("all"), "few": Selection("few", rhymes=(many[0].id,))}
    few = programme("few", hours("11:00", "12:00"), selection="few")
    own = town(few, programme("a", hours("09:00", "10:00")), rhymes=many, selections=selections)

    (finding,) = [one for one in sent(own, lasting(5), SATURDAY) if "longer than" in one.en]

    assert (finding.path, finding.warning) == (("programmes", 1), False)
    assert "'gate'" in finding.zh


def test_what_has_no_clip_yet_or_awaits_a_listener_is_counted_in_one_sentence_each():
    expired = replace(rhyme("gone", "cmn"), expires=date(2026, 11, 20))
    own = town(
        EVERYWHERE_AT_NINE,
        programme("idle", hours("11:00", "12:00"), selection="none"),
        rhymes=(rhyme("one", "cmn"), rhyme("two", "cmn"), rhyme("three", "cmn"), expired),
        selections={"all": Selection("all"), "spare": Selection("spare")},
    )
    made = replace(lasting(5), withheld=frozenset({(RhymeId("one"), CMN), (RhymeId("old"), CMN)}))

    missing, waiting = sent(own, made, SATURDAY)

    assert missing.zh.startswith("2 条")
    assert waiting.zh.startswith("1 条")
    assert missing.path == waiting.path == ("playlists",)
    assert missing.warning
    assert waiting.warning


def test_a_town_whose_clips_are_all_there_is_sent_without_a_word():
    assert list(sent(town(EVERYWHERE_AT_NINE), lasting(5), SATURDAY)) == []
