"""Secrets go into requests and nowhere else: no log line, no outcome, no repr, no refusal of a setting repeats one.

Run for every kind of sink in the registry; `canaries.py` says how each is set up.
"""

import logging
import socket
from functools import partial

import msgspec
import pytest
import structlog
import trio

from scanner.config.fields import fields_of
from scanner.config.show import plain, show
from scanner.config.writing import toml
from scanner.settings import configuration, schema
from scanner.sinks import registry
from scanner.sinks.base import Delivered, Kit
from tests.sinks.canaries import CANARY, ROWS
from tests.sinks.notices import group, notice, trouble
from tests.sinks.receiver import HookReceiver, breaks_off, hangs_up, is_silent, says, status

EVERY = [pytest.param(kind, row, id=f"{kind}-{n}") for kind, rows in ROWS.items() for n, row in enumerate(rows)]
POSTING = [param for param in EVERY if param.values[1].posts]
PLACE = "https://hooks.example.org"


async def echoes(stream):
    """An unfriendly proxy: it says back all that it was told, in headers and body. Its receiver read the request."""
    said = "123456:" + CANARY
    body = msgspec.json.encode({"ok": False, "error": said, "message": said, "description": said, "code": 1}).decode()
    headers = [f"Location: https://{CANARY}@elsewhere.test/{CANARY}", f"Set-Cookie: a={CANARY}", f"X-Echo: {CANARY}"]
    await status(403, *headers, body=body)(stream)


ANSWERS = {
    "accepted": status(200),
    "accepted in JSON": status(200, body='{"ok":true}'),
    "created": status(204),
    "moved": status(301, f"Location: https://elsewhere.test/{CANARY}"),
    "refused": status(400),
    "unauthorised": status(401),
    "gone": status(410),
    "too many": status(429, "Retry-After: 1"),
    "broken": status(500),
    "nonsense": status(200, body='{"ok":'),
    "garbled": says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nnonsense\n"),
    "no HTTP": says(f"SSH-2.0-{CANARY}\n\n"),
    "hangs up": hangs_up,
    "torn": breaks_off("HTTP/1.1 200 OK\nContent-Le"),
    "silent": is_silent,
}


class Listener(logging.Handler):
    """Everything that could carry a secret out of a sink's life, the log as deep as it goes among it."""

    def __init__(self):
        super().__init__(level=logging.NOTSET)
        self.words = []

    def emit(self, record):
        self.words.append(self.format(record))

    def hear(self, *things):
        """What can be printed of these, by value or as an error."""
        self.words += [f"{each!r} {each}" for each in things]

    async def write(self, line):
        self.words.append(line)


@pytest.fixture
def listener():
    """Hears all that is said during a test; afterwards, no canary may have been among it."""
    found, root = Listener(), logging.getLogger()
    level = root.level
    root.addHandler(found)
    root.setLevel(1)
    with structlog.testing.capture_logs() as logged:
        yield found
    root.removeHandler(found)
    root.setLevel(level)
    assert CANARY not in " ".join([*found.words, str(logged)])


async def life(kind, row, place, listener, tmp_path, *notifications, timeout=2.0):
    """A sink is built, brings these, and is closed; everything that comes out of it is heard."""
    options = made(kind, row, place, tmp_path, timeout)
    sink = registry.SINKS[kind].build(options, Kit(kind, listener.write, listener.hear))
    outcomes = [await sink.deliver(each) for each in notifications or [notice()]]
    await sink.aclose()
    listener.hear(options, sink, *outcomes)
    return outcomes


def made(kind, row, place, tmp_path, timeout):
    """The settings of a kind, with a canary in each secret place and a neighbour for a service."""
    settings = registry.SINKS[kind].settings
    neighbourly = {"timeout": timeout, "allow_private": True}
    fitting = {key: value for key, value in neighbourly.items() if key in fields_of(settings)}
    return settings(**fitting, **row.settings(place, str(tmp_path / "alerts.jsonl")))


def test_every_kind_of_sink_is_tested_here():
    """Whoever adds a kind adds its row to canaries.py."""
    assert ROWS.keys() == registry.SINKS.keys()


@pytest.mark.parametrize("kind", registry.SINKS)
def test_every_secret_key_of_a_kind_holds_a_canary(kind, tmp_path):
    """And nothing holds one that is not marked as a secret: `config show` would print it."""
    fields = fields_of(registry.SINKS[kind].settings).values()
    held = {
        name for row in ROWS[kind] for name, value in row.settings(PLACE, str(tmp_path)).items() if CANARY in str(value)
    }
    assert held == {field.name for field in fields if field.secret}


@pytest.mark.parametrize(("kind", "row"), EVERY)
async def test_a_canary_reaches_the_service_that_it_is_meant_for(kind, row, listener, tmp_path, nursery):
    """Else this file would prove nothing."""
    receiver = HookReceiver(status(200, body='{"ok":true}'))
    await nursery.start(receiver.run)
    notifications = [notice(), notice(kind="escalated", number=1), group(), notice(trouble())]
    outcomes = await life(kind, row, receiver.url, listener, tmp_path, *notifications)
    nursery.cancel_scope.cancel()
    assert {type(each) for each in outcomes} == {Delivered}
    assert (CANARY in str(receiver.requests)) == row.posts


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize(("kind", "row"), POSTING)
async def test_no_answer_brings_one_out(kind, row, answer, listener, tmp_path, nursery):
    receiver = HookReceiver(answer)
    await nursery.start(receiver.run)
    await life(kind, row, receiver.url, listener, tmp_path, timeout=0.2 if answer is is_silent else 2.0)
    nursery.cancel_scope.cancel()
    assert receiver.requests


@pytest.mark.parametrize(("kind", "row"), POSTING)
async def test_a_service_that_says_it_back_is_not_quoted(kind, row, listener, tmp_path, nursery):
    """In its body, its headers, or the place that it would have us go to."""
    receiver = HookReceiver(echoes)
    await nursery.start(receiver.run)
    (outcome,) = await life(kind, row, receiver.url, listener, tmp_path)
    nursery.cancel_scope.cancel()
    assert not isinstance(outcome, Delivered)


@pytest.mark.parametrize(("kind", "row"), POSTING)
async def test_no_failure_on_the_way_brings_one_out(kind, row, listener, tmp_path, nursery):
    """A name that nobody knows, a port where nobody listens, TLS with somebody who speaks something else."""
    listeners = await nursery.start(partial(trio.serve_tcp, says("SSH-2.0-hello\n\n"), 0, host="127.0.0.1"))
    plain_port = listeners[0].socket.getsockname()[1]
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        places = [
            "http://hook.invalid",
            f"http://127.0.0.1:{unheard.getsockname()[1]}",
            f"https://127.0.0.1:{plain_port}",
        ]
        outcomes = [await life(kind, row, place, listener, tmp_path) for place in places]
    nursery.cancel_scope.cancel()
    assert not any(isinstance(outcome, Delivered) for (outcome,) in outcomes)


@pytest.mark.parametrize("spoilt", [f"{CANARY}\x00\n\N{SNOWMAN}", f"://{CANARY}", f"http://{CANARY}:99999/{CANARY}"])
@pytest.mark.parametrize(("kind", "row"), EVERY)
def test_a_setting_that_is_refused_is_not_repeated(kind, row, spoilt, listener, tmp_path):
    """The complaint names the key; what was in it may be almost right."""
    secret = (field for field in fields_of(registry.SINKS[kind].settings).values() if field.secret)
    for field in secret:
        told = row.settings(PLACE, "") | {field.name: {spoilt: spoilt} if isinstance(field.default, dict) else spoilt}
        try:
            listener.hear(registry.SINKS[kind].settings(**told))
        except ValueError as error:
            listener.hear(error)


@pytest.mark.parametrize(("kind", "row"), EVERY)
def test_the_configuration_shows_none(kind, row, listener, tmp_path):
    """Given by file, as secrets should be, or plainly; to people and to programs."""
    fields = fields_of(registry.SINKS[kind].settings)
    lines = [f'[receivers.mine]\nsink = "{kind}"\n']
    for name, value in row.settings(PLACE, str(tmp_path / "alerts.jsonl")).items():
        if isinstance(value, dict) or not fields[name].secret:
            lines.append(f"{name} = {toml(value)}\n")
            continue
        (tmp_path / name).write_text(f"{value}\n")
        lines.append(f"{name}_file = {toml(str(tmp_path / name))}\n")
    file = tmp_path / "scanner.toml"
    file.write_text("".join(lines))
    said = configuration(file=str(file), environment={})
    assert CANARY in str(row.settings(PLACE, "")) or not any(field.secret for field in fields.values())
    listener.hear(show(schema(), said, lambda _: {}), plain(schema(), said), said)
