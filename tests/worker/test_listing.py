"""What is new in a venue's list is told once, in words, and a list that shrinks too fast is not believed at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from scanner.model.instrument import Instrument
from scanner.model.market import Market, Notice
from scanner.worker.listing import Listing

NOW = 1_800_000_000_000_000_000


def market(base, **fields):
    return Market(Instrument(base, "KRW"), f"KRW-{base}", **fields)


WAVE, REEF, FOAM, TIDE = map(market, ("WAVE", "REEF", "FOAM", "TIDE"))


def news(before, after):
    """Kind and words of each notice, between two readings."""
    told = Listing("upbit", before).read(after, NOW)
    return [(notice.kind, notice.instrument.base, notice.text) for notice in told]


def test_a_list_that_is_the_same_is_no_news():
    # Promise: in whatever order it comes.
    assert news([WAVE, REEF, FOAM], [FOAM, WAVE, REEF]) == []


def test_a_notice_says_where_what_and_when():
    # Promise: both times are the moment of the reading, for venues give none.
    (notice,) = Listing("upbit", [WAVE]).read([WAVE, market("REEF", name="Reef")], NOW)
    assert notice == Notice("upbit", Instrument("REEF", "KRW"), NOW, NOW, "listing", "listed as KRW-REEF (Reef)")


@pytest.mark.parametrize(
    ("changes", "kind", "text"),
    [
        ({"warning": True}, "caution", "up: warning"),
        ({"cautions": ("STEEP", "DEEP")}, "caution", "up: DEEP, STEEP"),
        ({"suspended": True}, "suspension", "trading is suspended"),
        ({"delists_at": NOW}, "delisting", "will be delisted at 2027-01-15T08:00:00.000Z"),
    ],
)
def test_each_flag_is_told_when_it_goes_up_and_when_it_goes_down(changes, kind, text):
    # Promise: once each way, for who heard of the one wants to hear of the other.
    down = {"caution": text.replace("up", "lifted"), "suspension": "trading goes on"}.get(
        kind, "will not be delisted after all"
    )
    flagged = structs.replace(WAVE, **changes)
    assert news([WAVE, REEF], [flagged, REEF]) == [(kind, "WAVE", text)]
    assert news([flagged, REEF], [flagged, REEF]) == []
    assert news([flagged, REEF], [WAVE, REEF]) == [(kind, "WAVE", down)]


def test_flags_that_change_places_are_one_notice():
    # Promise: one sentence for one reading.
    before, after = market("WAVE", cautions=("DEEP",)), market("WAVE", cautions=("STEEP",), warning=True)
    assert news([before], [after]) == [("caution", "WAVE", "up: STEEP, warning; lifted: DEEP")]


def test_what_a_new_market_brings_along_is_told_too():
    # Promise: a coin that is listed under a warning, before its first trade, or with its end in sight.
    fresh = market("REEF", warning=True, suspended=True, delists_at=NOW)
    assert news([WAVE], [WAVE, fresh]) == [
        ("listing", "REEF", "listed as KRW-REEF, not traded yet"),
        ("delisting", "REEF", "will be delisted at 2027-01-15T08:00:00.000Z"),
        ("caution", "REEF", "up: warning"),
    ]
    assert news([WAVE, fresh], [WAVE, structs.replace(fresh, suspended=False)]) == [
        ("suspension", "REEF", "trading goes on")
    ]


def test_no_escape_of_a_venue_reaches_a_terminal():
    # Promise: its words are told without what steers a screen.
    ((_, _, listed), (_, _, caution)) = news([WAVE], [WAVE, market("REEF", name="R\x1b[31m", cautions=("A\nB",))])
    assert listed == "listed as KRW-REEF (R[31m)"
    assert caution == "up: AB"


def test_a_market_that_is_gone_is_told():
    # Promise: up to half of a list may go at once.
    assert news([WAVE, REEF], [WAVE]) == [("delisting", "REEF", "no longer listed")]


def test_a_list_that_lost_most_of_itself_counts_only_when_said_twice():
    # Promise: half an answer unsubscribes nobody, and nothing in it is news.
    listing = Listing("upbit", [WAVE, REEF, FOAM, TIDE])
    part = [WAVE, market("NEW")]
    assert listing.read(part, NOW) is None
    told = listing.read(part, NOW)
    assert sorted(notice.kind for notice in told) == ["delisting", "delisting", "delisting", "listing"]


def test_a_doubt_ends_with_the_next_whole_list():
    # Promise: the venue stumbles, and stumbles again an hour later: each time it has to say so twice.
    listing = Listing("upbit", [WAVE, REEF, FOAM, TIDE])
    assert listing.read([], NOW) is None
    assert listing.read([WAVE, REEF, FOAM, TIDE], NOW) == []
    assert listing.read([], NOW) is None


def test_two_parts_of_a_list_are_not_the_same_loss():
    # Promise: the first page and then the last page are two partial answers, not an end.
    listing = Listing("upbit", [WAVE, REEF, FOAM, TIDE])
    assert listing.read([WAVE], NOW) is None
    assert listing.read([TIDE], NOW) is None
    assert [notice.kind for notice in listing.read([TIDE], NOW)] == ["delisting"] * 3


@given(st.lists(st.sets(st.sampled_from("ABCDEFGH")), min_size=2, max_size=12))
def test_notices_lead_from_the_first_list_to_the_last(readings):
    # Promise: whoever follows the notices alone knows the list, whatever is doubted in between.
    listing = Listing("upbit", [market(base) for base in readings[0]])
    followed = believed = set(readings[0])
    for reading in readings[1:]:
        told = listing.read([market(base) for base in reading], NOW)
        if told is None:
            assert len(believed - reading) > len(believed) / 2
            continue
        believed = set(reading)
        followed |= {notice.instrument.base for notice in told if notice.kind == "listing"}
        followed -= {notice.instrument.base for notice in told if notice.kind == "delisting"}
        assert followed == believed
