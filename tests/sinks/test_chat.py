"""What every messenger keeps: one message a story, edited as it goes on; nothing lost to its limits or its grammar."""

import pytest
from msgspec.structs import replace

from scanner.model.instrument import Instrument
from scanner.sinks import chat, discord, slack, telegram
from scanner.sinks.base import Delivered, Gone, Refused, Retry
from scanner.sinks.chat import Chat
from tests.sinks.chats import EVERYWHERE, on_discord, on_slack, on_slack_hook, on_telegram, story, tell
from tests.sinks.notices import START, alert, group, notice, trouble
from tests.sinks.services import DiscordService, SlackService, TelegramService

EDITING = (on_telegram, on_discord, on_slack)
NASTY = "*_~<b>`|[x](http://y)&amp;# @everyone <!channel> \u202e\n> {{ 1 }}"

each = pytest.mark.parametrize("on", EVERYWHERE, ids=lambda on: on.__name__)
each_that_edits = pytest.mark.parametrize("on", EDITING, ids=lambda on: on.__name__)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Services that are told to have no limits need no gaps."""
    for service in (telegram.Telegram, slack.Bot):
        monkeypatch.setattr(service, "gap_s", 0.0)


@each
async def test_every_kind_of_news_arrives(on):
    """Opened, escalated, repeated, closed, a burst, and word about the scanner itself; none of them plainer."""
    service, running = on(edit=False)
    async with running as (sink, degraded):
        for notification in [*story(), group(), notice(trouble()), notice(trouble(kind="closed"))]:
            assert isinstance(await sink.deliver(notification), Delivered)
    assert len(service.messages) == 7
    assert degraded == []


@each_that_edits
async def test_a_story_is_one_message_and_one_short_line_for_its_rise(on):
    """Edits make no sound: only a rise to high or critical is told again, below the first message."""
    service, running = on()
    async with running as (sink, degraded):
        opened, *later = await tell(sink, story())
    assert opened.reference
    assert later == [Delivered(opened.reference)] * 3
    first, short = service.messages.values()
    assert "is over" in str(first)
    assert "12.0" in str(short)
    assert "Volume" not in str(short)
    assert degraded == []


@each_that_edits
async def test_a_rise_to_a_mere_warning_makes_no_sound(on):
    service, running = on()
    async with running as (sink, _):
        await tell(sink, [story()[0], notice(kind="escalated", number=1, severity="warning")])
    assert len(service.messages) == 1


@each_that_edits
async def test_without_edits_each_telling_is_a_message(on):
    service, running = on(edit=False)
    async with running as (sink, _):
        await tell(sink, story())
    assert len(service.messages) == 4


async def test_a_webhook_of_slack_cannot_edit():
    """It says no name of what it posted, so each telling is a message."""
    service, running = on_slack_hook()
    async with running as (sink, _):
        assert await tell(sink, story()) == [Delivered()] * 4
    assert len(service.messages) == 4


@each_that_edits
async def test_a_first_message_that_was_deleted_is_followed_by_a_new_one(on):
    service, running = on()
    async with running as (sink, _):
        opened = await sink.deliver(story()[0])
        service.messages.clear()
        closed = await sink.deliver(story()[3], opened.reference)
    assert isinstance(closed, Delivered)
    assert closed.reference not in {"", opened.reference}
    assert len(service.messages) == 1


@each_that_edits
@pytest.mark.parametrize("reference", ["", "nonsense", "text", "photo x", "C1", "\N{SUPERSCRIPT TWO}"])
async def test_a_reference_that_is_none_of_this_service_s_is_no_obstacle(on, reference):
    """Such as one from before the receiver was set up anew."""
    service, running = on()
    async with running as (sink, _):
        assert isinstance(await sink.deliver(story()[3], reference), Delivered)
    assert len(service.messages) == 1


@each
async def test_a_coin_that_looks_like_markup_breaks_no_message(on):
    """Nobody is called, nothing is bold that should not be, and nothing had to be said more plainly."""
    service, running = on(edit=False)
    nasty = alert(
        headline=NASTY, rule=NASTY, stage=NASTY, instrument=Instrument(NASTY, "KRW"), facts={"trades": 3, NASTY: NASTY}
    )
    async with running as (sink, degraded):
        for notification in (notice(nasty), notice(trouble(headline=NASTY, facts={NASTY: NASTY}))):
            assert isinstance(await sink.deliver(notification), Delivered)
    assert len(service.messages) == 2
    assert degraded == []


@each
async def test_what_is_too_long_for_the_service_is_cut_and_counted(on):
    """A headline of a book's length is an alert all the same."""
    service, running = on(edit=False)
    async with running as (sink, degraded):
        long = notice(alert(headline="ABC/KRW " + "\N{PILE OF POO}*" * 20_000, facts={"x" * 300: "y" * 9_000}))
        assert isinstance(await sink.deliver(replace(long, course=story()[0].course)), Delivered)
        assert isinstance(await sink.deliver(group(500)), Delivered)
    assert len(service.messages) == 2
    assert "\N{HORIZONTAL ELLIPSIS}" in str(service.messages)
    assert degraded == ["too_long"]


@each
async def test_a_template_that_fails_costs_the_looks_and_not_the_alert(on):
    """It passed at the start, and met something that nobody thought of."""
    service, running = on(template="{{ headline }} {{ 1 / (score or 1) }}")
    async with running as (sink, degraded):
        assert isinstance(await sink.deliver(notice(score=7)), Delivered)
        sink._wording._own = ("{{ headline }} {{ 1 / 0 }}", "template")
        sink._wording._sandbox.cache.clear()
        assert isinstance(await sink.deliver(notice(number=1)), Delivered)
    assert degraded == ["template"]
    assert "ABC/KRW +6.0 % in 1 s" in str([*service.messages.values()][1]).replace("\\", "")


@pytest.mark.parametrize("on", [on_telegram, on_slack, on_slack_hook], ids=lambda on: on.__name__)
async def test_markup_that_the_service_cannot_read_is_left_out(on):
    """An operator's template may hold a bracket that is never closed: the second try is plain."""
    service, running = on(template="{{ headline }}\nlook <b here & there", edit=True)
    async with running as (sink, degraded):
        opened = await sink.deliver(notice())
        assert isinstance(opened, Delivered)
        assert isinstance(await sink.deliver(notice(kind="closed", number=1), opened.reference), Delivered)
    assert degraded == ["markup", "markup"]
    assert "look" not in str(service.messages)


@pytest.mark.parametrize(
    ("on", "make", "most_s"),
    [(on_telegram, TelegramService, 3.0), (on_discord, DiscordService, 2.5), (on_slack, SlackService, 3.0)],
    ids=["telegram", "discord", "slack"],
)
async def test_who_is_told_to_wait_says_for_how_long(on, make, most_s):
    """The service's own number, the finest that it tells: Discord's body knows parts of a second."""
    service, running = on(make(windows=((1, 2.5),)))
    async with running as (sink, _):
        assert isinstance(await sink.deliver(notice()), Delivered)
        refused = await sink.deliver(notice(id="another"))
    assert isinstance(refused, Retry)
    assert 0.5 < refused.after_s <= most_s
    assert len(service.messages) == 1


@each_that_edits
async def test_a_sound_that_has_to_wait_does_not_edit_again(on):
    """Else each try would use up what the service allows, and the line would never come."""
    service, running = on()
    async with running as (sink, _):
        opened = await sink.deliver(story()[0])
        answer = service.answer
        service.answer = lambda *request: too_many(service) if len(service.calls) == 3 else answer(*request)
        assert isinstance(await sink.deliver(story()[1], opened.reference), Retry)
        assert await sink.deliver(story()[1], opened.reference) == Delivered(opened.reference)
    assert len(service.calls) == 4
    assert len(service.messages) == 2


def too_many(service):
    """A refusal for haste as each of them writes it."""
    if isinstance(service, TelegramService):
        return service.no(429, "Too Many Requests: retry after 1", retry_after=1)
    if isinstance(service, DiscordService):
        return 429, {"message": "You are being rate limited.", "retry_after": 0.5, "global": False}, {}
    return 429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"}


@each
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_service_in_trouble_is_tried_again(on, status):
    service, running = on()
    async with running as (sink, _):
        service.next = [(status, "<html>Bad Gateway</html>", {})]
        assert isinstance(await sink.deliver(notice()), Retry)


@each
async def test_an_answer_that_breaks_off_after_its_status_is_an_answer(on):
    """The message stands there: a second try would be a second message."""
    service, running = on()
    async with running as (sink, _):
        service.next = [(200, "", {})]
        assert await sink.deliver(notice()) == Delivered()


GONE = [
    (on_telegram, 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
    (on_telegram, 403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    (on_telegram, 400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}),
    (on_discord, 404, {"message": "Unknown Webhook", "code": 10015}),
    (on_discord, 401, {"message": "Invalid Webhook Token", "code": 50027}),
    (on_slack, 200, {"ok": False, "error": "account_inactive"}),
    (on_slack, 200, {"ok": False, "error": "channel_not_found"}),
    (on_slack, 200, {"ok": False, "error": "invalid_auth"}),
    (on_slack_hook, 404, "no_service"),
    (on_slack_hook, 403, "invalid_token"),
    (on_slack_hook, 410, "channel_is_archived"),
]


@pytest.mark.parametrize(("on", "status", "body"), GONE)
async def test_a_receiver_that_is_no_more_is_asked_no_more(on, status, body):
    """Blocked, deleted, or no longer allowed: no later message will fare better."""
    service, running = on()
    async with running as (sink, _):
        service.next = [(status, body, {})]
        assert isinstance(await sink.deliver(notice()), Gone)


NOT_NOW = [
    (on_slack, 200, {"ok": False, "error": "internal_error"}),
    (on_slack, 200, {"ok": False, "error": "service_unavailable"}),
    (on_slack_hook, 500, "rollup_error"),
    (on_telegram, 400, {"ok": False, "description": "upgraded", "parameters": {"migrate_to_chat_id": -5}}),
]


@pytest.mark.parametrize(("on", "status", "body"), NOT_NOW)
async def test_trouble_that_passes_is_tried_again(on, status, body):
    service, running = on()
    async with running as (sink, _):
        service.next = [(status, body, {})]
        assert isinstance(await sink.deliver(notice()), Retry)


NEVER = [
    (on_slack, 200, {"ok": False, "error": "something_new"}),
    (on_slack_hook, 302, "elsewhere"),
    (on_discord, 405, {"message": "405: Method Not Allowed", "code": 0}),
]


@pytest.mark.parametrize(("on", "status", "body"), NEVER)
async def test_what_nobody_knows_is_refused_with_the_service_s_words(on, status, body):
    service, running = on()
    async with running as (sink, _):
        service.next = [(status, body, {})]
        assert isinstance(await sink.deliver(notice()), Refused)


@each
async def test_no_secret_of_theirs_is_repeated(on, caplog):
    """Tokens stand in addresses and headers, and a service may echo them."""
    service, running = on()
    secrets = (TelegramService.token, "secret-token", "secret-hook", SlackService.token)
    echo = " ".join(secrets)
    bodies = [
        {"ok": False, "description": echo, "error": echo, "message": echo, "code": 1},
        echo,
        {"ok": False, "description": f"{echo}: chat not found", "error": "invalid_auth", "message": echo},
    ]
    whys = []
    async with running as (sink, _):
        for status in (400, 403, 404, 429, 500):
            for body in bodies:
                service.next = [(status, body, {})] * 2
                whys.append((await sink.deliver(notice())).why)
        whys.append(repr(sink) + repr(sink._service))
    assert not [why for why in [*whys, caplog.text] if service.secret in why]


@each
async def test_a_message_is_written_in_the_receiver_s_language_and_time(on):
    service, running = on(language="ko", timezone="Asia/Seoul", edit=False)
    async with running as (sink, degraded):
        await sink.deliver(notice(at=START))
    assert "급등" in str(service.messages)
    assert "23:14:00 KST" in str(service.messages)
    assert degraded == []


async def test_a_picture_goes_where_pictures_go():
    """Telegram as a photo with a caption, replaced by the next; Discord inside the embed; Slack takes none."""
    service, running = on_telegram()
    async with running as (sink, _):
        opened, *_ = await tell(sink, story())
    assert opened.reference.startswith("photo ")
    assert service.messages[101]["photo"] == "chart.png"
    assert ("POST", f"/bot{service.token}/editMessageMedia") in service.calls
    service, running = on_discord()
    async with running as (sink, _):
        await tell(sink, story())
    assert service.messages["101"]["files"] == ["chart.png"]


async def test_words_that_need_more_room_than_a_caption_go_without_a_picture():
    """A picture is nice to have; what was said is not cut for it."""
    service, running = on_telegram(
        template="{{ headline }}\n{{ 'word ' }}{% for n in range(300) %}{{ n }} {% endfor %}"
    )
    async with running as (sink, degraded):
        assert isinstance(await sink.deliver(story()[0]), Delivered)
    assert "299" in service.messages[101]["text"]
    assert degraded == []


@pytest.mark.parametrize("on", [on_telegram, on_discord])
async def test_without_charts_no_picture_is_drawn(on, monkeypatch):
    monkeypatch.setattr(chat.trio.to_thread, "run_sync", None)
    service, running = on(chart=False)
    async with running as (sink, _):
        await tell(sink, story())
    assert "photo" not in str(service.messages)


async def test_a_photo_without_a_new_picture_keeps_its_own():
    service, running = on_telegram()
    async with running as (sink, _):
        opened = await sink.deliver(story()[0])
        await sink.deliver(replace(story()[3], course=()), opened.reference)
    assert "is over" in service.messages[101]["caption"]
    assert service.messages[101]["photo"] == "chart.png"


async def test_an_edit_that_changes_nothing_has_succeeded():
    """Telegram calls it an error: a try whose answer was lost had come through."""
    service, running = on_telegram()
    async with running as (sink, _):
        opened = await sink.deliver(replace(story()[0], course=()))
        again = await sink.deliver(replace(story()[0], course=()), opened.reference)
    assert again == opened
    assert [path.rpartition("/")[2] for _, path in service.calls] == ["sendMessage", "editMessageText"]


async def test_a_group_that_became_a_supergroup_is_found_again():
    """Telegram says its new number once with the refusal."""
    service, running = on_telegram(chat="-1")
    async with running as (sink, _):
        moved = {"ok": False, "description": "upgraded", "parameters": {"migrate_to_chat_id": int(service.chat)}}
        service.next = [(400, moved, {})]
        assert isinstance(await sink.deliver(notice()), Retry)
        assert isinstance(await sink.deliver(notice()), Delivered)


def test_a_sink_of_each_kind_is_a_chat():
    """Its name in the registry is the operator's business; its build is ours."""
    assert {module.build.__annotations__["return"] for module in (slack, discord, telegram)} == {Chat.__name__}
