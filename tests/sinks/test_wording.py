"""What people read: sensible figures in their language, from templates that cannot lose an alert."""

# ruff: noqa: RUF001  # what people read has dashes and multiplication signs

import re
import time
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.config.errors import ConfigError
from scanner.model.alert import SEVERITIES, Alert
from scanner.model.instrument import Instrument
from scanner.model.news import Group, Notification, Trouble
from scanner.settings import configuration
from scanner.sinks import wording
from scanner.sinks.chat import ChatSettings
from scanner.sinks.discord import EMBED
from scanner.sinks.examples import EXAMPLES
from scanner.sinks.figures import Language
from scanner.sinks.limits import Limits, units
from scanner.sinks.markup import DISCORD, PLAIN, SLACK, TELEGRAM
from scanner.sinks.slack import BLOCK
from scanner.sinks.telegram import CAPTION, TEXT
from scanner.sinks.vocabulary import occasion
from scanner.sinks.wording import LARGEST_TEMPLATE, Voice, Wording, check_voice
from tests.sinks.notices import alert, group, notice, trouble
from tests.sinks.services import shown

WIDE = Limits(title=10_000, body=10_000, whole=20_001)
SERVICES = {"telegram": (TELEGRAM, TEXT), "caption": (TELEGRAM, CAPTION), "slack": (SLACK, BLOCK)} | {
    "discord": (DISCORD, EMBED),
    "plain": (PLAIN, WIDE),
}
OPENED, ESCALATED, REPEATED, CLOSED, GROUPED, TROUBLE = EXAMPLES


def told(notification, markup=PLAIN, limits=WIDE, **voice):
    """Title, then body, line by line; and what was degraded."""
    degraded = []
    words = Wording(Voice(**voice), markup, degraded.append).tell(notification, limits)
    return words.whole.split("\n"), degraded


def test_an_opening_in_english():
    """Headline first, as a notification shows it; then what one wants to know before opening the market."""
    lines, degraded = told(OPENED, timezone="Asia/Seoul")
    assert lines == [
        "🟡 WAVE/KRW +5.1 % in 4 s, 185 trades, 90 % buys, 17× volume; upbit led bithumb",
        "Price 1,234.5 KRW, +5.1 % in 4 s",
        "Volume 17× the usual, 1.2B KRW, 48B KRW in 24 h",
        "Trades 185, 90 % buys",
        "Venues upbit, bithumb",
        "pump · warning · score 68 · 21:00:00 KST",
        "Open the market: https://example.org/exchange?code=KRW-WAVE",
    ]
    assert degraded == []


def test_an_opening_in_korean():
    """Composed of figures, for a rule's own headline is English."""
    lines, _ = told(OPENED, language="ko", timezone="Asia/Seoul")
    assert lines == [
        "🟡 WAVE/KRW +5.1% (4초) 급등 · upbit",
        "가격 1,234.5 KRW, 4초 동안 +5.1%",
        "거래대금 평소의 17×, 12억 원, 24시간 480억 원",
        "체결 185건, 매수 90%",
        "거래소 upbit, bithumb",
        "급등 · 주의 · 68점 · 21:00:00 KST",
        "거래 화면 열기: https://example.org/exchange?code=KRW-WAVE",
    ]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "✅ WAVE/KRW is over after 24 min: +14.2 % at its peak, 61 % of it given back",
                "Peak 1,341.2 KRW, +14.2 % after 1 min 2 s",
                "Last 1,341.2 KRW, 61 % retraced",
                "Over 24 min, 9.7B KRW traded, 1 escalation",
            ],
        ),
        (
            "ko",
            [
                "✅ 종료: WAVE/KRW 최고 +14.2% (24분) · upbit",
                "고점 1,341.2 KRW, +14.2%, 1분 2초 만에",
                "현재가 1,341.2 KRW, 되돌림 61%",
                "기간 24분, 거래대금 97억 원, 격상 1회",
            ],
        ),
    ],
)
def test_a_closing_sums_the_story_up(language, lines):
    """Peak, duration, retrace and volume."""
    assert told(CLOSED, language=language)[0][:4] == lines


def test_a_closing_without_its_facts_is_told_all_the_same():
    """A story that was resumed may know less."""
    for language in ("en", "ko"):
        assert told(notice(kind="closed", facts={}), language=language)[1] == []


def test_each_kind_of_news_has_words_of_its_own():
    for language in ("en", "ko"):
        titles = [told(example, language=language)[0][0] for example in EXAMPLES]
        assert len(set(titles)) == len(EXAMPLES)


def test_every_language_has_the_same_templates():
    """Whoever adds one to a language adds it to the others."""
    folder = Path(wording.__file__).parent / "templates"
    told_by = {language.name: {file.stem for file in language.iterdir()} for language in folder.iterdir()}
    assert set(told_by) == set(get_args(Language))
    for language, names in told_by.items():
        assert {occasion(example.news) for example in EXAMPLES} <= names, language


@pytest.mark.parametrize(
    ("language", "title"), [("en", "KRW market -3.0 % in 5 min"), ("ko", "KRW 시장 전체 -3.0% (5분)")]
)
def test_a_whole_market_has_no_price(language, title):
    """It is told by its change alone."""
    whole = alert(
        instrument=Instrument("*", "KRW"),
        stage="market",
        rule="market_move",
        price=0.0,
        change=-0.03,
        window_s=300.0,
        headline="KRW market -3.0 % in 5 min",
    )
    for kind in ("opened", "escalated", "repeated"):
        lines, degraded = told(notice(replace(whole, kind=kind)), language=language)
        assert title in lines[0]
        assert not any(line.startswith(("Price", "가격")) for line in lines)
        assert degraded == []


def test_a_burst_names_each_coin_and_counts_the_rest():
    lines, degraded = told(group(27))
    assert len([line for line in lines if "/KRW" in line]) == 1 + 20
    assert "and 7 more" in lines
    assert degraded == []


def test_the_scanner_s_own_troubles_are_told_with_their_facts():
    lines, _ = told(notice(trouble(facts={"silent_s": 61, "open_connections": 6})))
    assert lines[0] == "🟠 upbit has sent nothing for 61 s"
    assert lines[1:3] == ["silent 1 min 1 s", "open connections 6"]
    assert told(notice(trouble()), language="ko")[0][0] == "🟠 거래소 무응답 · upbit · 발생"


def test_a_template_of_one_s_own_is_title_and_body():
    """The first line is the title; ours can be had inside it."""
    voice = {"template": "{{ symbol or rule }} at {{ price|price }}\n{% include builtin %}"}
    lines, degraded = told(OPENED, **voice)
    assert lines[:2] == ["WAVE/KRW at 1,234.5", "🟡 " + OPENED.news.headline]
    assert degraded == []
    assert told(TROUBLE, **voice)[0][0] == "venue_silent at –"


def test_a_template_of_one_s_own_may_stand_in_a_file(tmp_path):
    file = tmp_path / "mine.j2"
    file.write_text("{{ '알림'|bold }} {{ headline }}")
    lines, _ = told(OPENED, TELEGRAM, template_file=str(file))
    assert lines[0] == "<b>알림</b> " + OPENED.news.headline


@pytest.mark.parametrize(
    ("template", "line", "why"),
    [
        ("{{ headline }}\n{{ pirce }}", 2, "'pirce' is undefined"),
        ("{{ headline }}\n\n{% if %}", 3, "Expected an expression"),
        ("{{ headline", 1, "unexpected end of template"),
        ("{{ headline|sparkle }}", 1, "No filter named 'sparkle'"),
        ("{{ headline }}{{ 1 / 0 }}", 1, "division by zero"),
        ("{{ headline.__class__.__mro__ }}", 1, "unsafe"),
        ("{{ facts.clear() }}", 1, "unsafe"),
        ("{{ headline.ljust(1000000000) }}", 1, "unsafe"),
        ("{{ 'x' * 1000000000 }}", 1, "for numbers only"),
        ("{{ '%1000000000d' % 1 }}", 1, "for numbers only"),
        ("{{ 9 ** 9 ** 9 ** 9 }}", 1, "not for messages"),
        ("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", 1, "does more than"),
        ("{% set r = range(1000) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}", 1, "does more than"),
        ("{{ range(1000000000) }}", 1, "where 1,000 is the most"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", 1, "does more than|recursion"),
        ("{% for a in range(900) %}{{ 'x' }}" + "y" * 50 + "{% endfor %}", 0, "says more than"),
        ("{% include 'en/nothing.j2' %}", 1, "en/nothing.j2"),
        ("{% include '../wording.py' %}", 1, "wording.py"),
        ("{% include 'en/../../wording.py' %}", 1, "wording.py"),
        ("{% if kind == 'closed' %}{{ oops }}{% else %}x{% endif %}", 1, "oops.*tried with alert.closed"),
        ("{% if price %}x{% endif %}", 0, "says nothing.*tried with alert.grouped"),
    ],
)
def test_a_template_that_cannot_do_is_refused_at_the_start(template, line, why, tmp_path):
    """With file, line and reason; not when the first alert comes at night."""
    file = tmp_path / "mine.j2"
    file.write_text(template)
    for voice, place in (
        (Voice(template_file=str(file)), f"template_file {file}"),
        (Voice(template=template), "template"),
    ):
        with pytest.raises(ValueError, match=why) as refusal:
            check_voice(voice)
        assert str(refusal.value).startswith(f"{place}, line {line}: " if line else f"{place}: ") or not line


def test_a_bad_template_in_the_configuration_is_an_error_that_says_where(tmp_path):
    """The line of the configuration, and the line of the template; before anything is started."""
    (tmp_path / "mine.j2").write_text("{{ headline }}\n{{ pirce }}")
    (tmp_path / "url").write_text("https://hooks.example.org/services/T/B/x")
    file = tmp_path / "scanner.toml"
    file.write_text(
        f'[receivers.team]\nsink = "slack"\nurl_file = "{tmp_path}/url"\ntemplate_file = "{tmp_path}/mine.j2"\n'
    )
    with pytest.raises(ConfigError) as refusal:
        configuration(file=str(file), environment={})
    assert str(refusal.value).startswith(f"{file}:4: receivers.team: template_file {tmp_path}/mine.j2, line 2: 'pirce'")


def test_templates_that_cannot_be_read_are_refused_at_the_start(tmp_path):
    binary, huge = tmp_path / "binary", tmp_path / "huge"
    binary.write_bytes(b"\xff\xfe")
    huge.write_text("x" * (LARGEST_TEMPLATE + 1))
    for file, why in (
        (tmp_path / "none", "No such file"),
        (binary, "UTF-8"),
        (huge, "at most"),
        (tmp_path, "director"),
    ):
        with pytest.raises(ValueError, match=why):
            ChatSettings(template_file=str(file))
    with pytest.raises(ValueError, match="one of them"):
        ChatSettings(template="x", template_file=str(huge))


@pytest.mark.parametrize("zone", ["Asia/Soul", "", "Asia", "../etc/passwd", "x" * 500])
def test_a_time_zone_that_is_none_is_refused_at_the_start(zone):
    with pytest.raises(ValueError, match="such as Asia/Seoul"):
        ChatSettings(timezone=zone)


def test_what_a_template_adds_together_is_escaped_as_a_whole():
    """Whatever does not come straight from bold or link is words, so no sum of words becomes markup."""
    lines, _ = told(notice(headline="<i>"), TELEGRAM, template="{{ headline ~ '<b>' }} {% set x = headline %}{{ x }}")
    assert lines == ["&lt;i&gt;&lt;b&gt; &lt;i&gt;"]


def test_plain_words_have_the_headline_and_the_facts():
    """What is left when everything else fails."""
    words = Wording(Voice(), SLACK).plain(OPENED, BLOCK)
    assert words.plain
    assert words.title == "🟡 " + OPENED.news.headline
    assert words.body.split("\n") == [
        "WAVE/KRW, warning, upbit, bithumb",
        "price 1,234.5",
        "turnover 1.2B",
        "reference price 1,174.6",
        "trades 185",
        "buy share 90 %",
        "leader upbit",
        "https://example.org/exchange?code=KRW-WAVE",
    ]


@pytest.mark.parametrize("headline", ["", " ", "\n", "\u202e"])
def test_a_message_without_a_headline_still_has_a_title(headline):
    """Services refuse what is empty."""
    for markup, limits in SERVICES.values():
        for words in (Wording(Voice(), markup).tell(notice(headline=headline), limits),):
            assert words.title.strip()


texts = st.text(max_size=40) | st.text(alphabet="*_~`<>|[]()#@&\\\"'\n!{}%", max_size=40)
numbers = st.floats() | st.floats(0, 1e9)
moments = st.integers(0, 2**62)
facts = st.dictionaries(
    texts | st.sampled_from(["trades", "buy_share", "turnover", "peak_price", "duration_s", "retrace", "peak_after_s"]),
    texts | st.booleans() | st.floats() | st.integers(-(2**63), 2**63 - 1),
    max_size=5,
)
alerts = st.builds(
    Alert,
    id=texts,
    rule=texts,
    stage=texts,
    instrument=st.builds(Instrument, texts, texts),
    exchanges=st.lists(texts, min_size=1, max_size=4).map(tuple),
    severity=st.sampled_from(SEVERITIES),
    score=st.integers(0, 100),
    headline=texts | st.text(max_size=40).map(lambda text: text * 120),
    price=numbers,
    change=numbers,
    window_s=numbers,
    volume_ratio=numbers,
    facts=facts,
    at=moments,
    kind=st.sampled_from(["opened", "escalated", "repeated", "closed"]),
    turnover_24h=numbers,
    link=texts | st.just("https://example.org/?a=1&b=2"),
)
troubles = st.builds(
    Trouble,
    id=texts,
    rule=texts,
    severity=st.sampled_from(SEVERITIES),
    headline=texts,
    facts=facts,
    at=moments,
    kind=st.sampled_from(["opened", "closed", "told"]),
    exchange=texts,
    receiver=texts,
)
groups = st.builds(lambda alert, count: Group((alert,) * count), alerts, st.integers(1, 40))
notifications = st.builds(Notification, alerts | troubles | groups, moments)

_WORDINGS = {
    (service, language): Wording(Voice(language=language, timezone="Asia/Seoul"), markup)
    for service, (markup, _) in SERVICES.items()
    for language in ("en", "ko")
}


@given(notifications, st.sampled_from(sorted(_WORDINGS)))
@settings(max_examples=150)
def test_any_notification_is_told_within_limits_and_in_good_grammar(notification, key):
    """Whatever a venue, a rule or an operator put into it; from the template, not merely plainly, unless too long."""
    limits, speaker = SERVICES[key[0]][1], _WORDINGS[key]
    reasons = []
    speaker._degraded = reasons.append
    words = speaker.tell(notification, limits)
    assert set(reasons) <= {"too_long"}
    for each in (words, speaker.plain(notification, limits)):
        assert limits.hold(each.title, each.body)
        assert each.title.strip()
        assert len(each.title.splitlines()) == 1
        check_grammar(key[0], each)


def check_grammar(service, words):
    """Nothing is open at the end, and nothing is marked but what we mark."""
    match service:
        case "telegram" | "caption":
            shown(f"<b>{words.title}</b>\n{words.body}", 4096, "too long")
        case "slack":
            rest = re.sub(r"<https?://[^<>|\s]+\|[^<>\n]+>|&(?:amp|lt|gt);", "", words.whole)
            assert not set("<>&`~_") & set(rest)
            assert all(line.count("*") in {0, 2} for line in rest.split("\n"))
        case "discord":
            rest = re.sub(r"\[(?:[^\[\]\\]|\\.)+\]\(https?://[^()\s]+\)", "", words.whole)
            rest = re.sub(r"\*\*(?:[^*\\]|\\.)+\*\*|\\.|https?://\S+", "", rest)
            assert not set("*_~`<>[]|") & set(rest)
    assert words.whole.encode()
    assert all(units(line) for line in words.title)


def test_a_hundred_messages_take_no_breath():
    """A rendering is some thousand steps of Python at most: one that needs more is stopped by its budget."""
    speaker = Wording(Voice(), TELEGRAM)
    speaker.tell(group(200), TEXT)
    steps = 20_000 - speaker._sandbox._left
    assert steps < 400


def test_a_zone_is_the_receiver_s():
    """And not that of the machine."""
    assert ZoneInfo("Asia/Seoul").key in repr(Wording(Voice(timezone="Asia/Seoul"), PLAIN)._figures.zone)
    assert told(replace(notice(alert()), made=time.time_ns()))[0][-1].endswith("UTC")
