"""Prometheus' own Alertmanager takes what we post, routes it by severity, and says itself when a story is over."""

import json
import re
import subprocess
from contextlib import asynccontextmanager
from time import time_ns

import pytest
import trio
from msgspec.structs import replace

from scanner.sinks.alertmanager import Alertmanager, AlertmanagerSettings
from scanner.sinks.base import Delivered, Kit, Refused
from tests.sinks.notices import group, notice, trouble
from tests.sinks.receiver import HookReceiver, status
from tests.system.packages import find

PATIENCE_S = 30
"""It flushes a group every fifth of a second here; a machine that is busy with other tests may take longer."""
CONFIGURATION = """
global:
  resolve_timeout: 1s
route:
  receiver: mail
  group_by: ["..."]
  group_wait: 10ms
  group_interval: 200ms
  routes:
    - receiver: pager
      matchers: ['severity =~ "high|critical"', 'kind = alert']
    - receiver: ops
      matchers: ['kind = ops']
receivers:
  - name: mail
    webhook_configs: [{url: "URL/mail"}]
  - name: pager
    webhook_configs: [{url: "URL/pager"}]
  - name: ops
    webhook_configs: [{url: "URL/ops"}]
"""


class Heard:
    """Where Alertmanager brings its notifications."""

    def __init__(self):
        self.receiver = HookReceiver(status(200))

    def all(self):
        """Everything it has said: (receiver, status, severity, symbol), in order."""
        bodies = [json.loads(body) for _, _, body in self.receiver.requests]
        return [
            (body["receiver"], each["status"], each["labels"]["severity"], each["labels"].get("symbol", ""))
            for body in bodies
            for each in body["alerts"]
        ]

    async def until(self, *expected):
        """Wait until all of these have been said."""
        with trio.fail_after(PATIENCE_S):
            while not set(expected) <= set(self.all()):
                await trio.sleep(0.02)


@asynccontextmanager
async def running(folder, url):
    """An Alertmanager on a free port of loopback; its address."""
    (folder / "alertmanager.yml").write_text(CONFIGURATION.replace("URL", url))
    process = await trio.lowlevel.open_process(
        [
            find("prometheus-alertmanager"),
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            "--web.listen-address=127.0.0.1:0",
            "--cluster.listen-address=",
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield await listening(process.stderr)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stderr.aclose()


async def listening(log):
    """The address that its log names."""
    said = b""
    with trio.fail_after(PATIENCE_S):
        async for chunk in log:
            said += chunk
            if found := re.search(rb'msg="Listening on" address=(\S+)\n', said):
                return f"http://{found[1].decode()}"
    raise AssertionError(said.decode())


@pytest.fixture
async def world(tmp_path, nursery):
    """What Alertmanager says, and a sink that posts to it."""
    heard = Heard()
    await nursery.start(heard.receiver.run)
    async with running(tmp_path, heard.receiver.url) as url:
        sink = Alertmanager(AlertmanagerSettings(url=url, allow_private=True, labels={"team": "a"}), Kit("am", nowhere))
        yield heard, sink
        await sink.aclose()
    nursery.cancel_scope.cancel()


async def nowhere(line):
    """Where this sink writes."""


@pytest.mark.system("prometheus-alertmanager")
async def test_a_story_is_routed_by_its_severity_and_resolved_when_it_closes(world):
    """At warning it goes to one receiver, risen to critical also to the other; closed, both hear that it is over."""
    heard, sink = world
    first = await sink.deliver(notice(at=time_ns(), facts={"trades": 4}))
    assert isinstance(first, Delivered)
    await heard.until(("mail", "firing", "warning", "ABC/KRW"))
    risen = notice(at=time_ns(), kind="escalated", number=1, severity="critical")
    assert isinstance(await sink.deliver(risen, first.reference), Delivered)
    await heard.until(("pager", "firing", "critical", "ABC/KRW"))
    over = notice(at=time_ns(), kind="closed", number=2, severity="critical")
    assert isinstance(await sink.deliver(over, first.reference), Delivered)
    await heard.until(("mail", "resolved", "warning", "ABC/KRW"), ("pager", "resolved", "critical", "ABC/KRW"))
    assert len(heard.all()) == 4


@pytest.mark.system("prometheus-alertmanager")
async def test_a_story_of_which_nothing_more_is_heard_ends_by_itself(world, monkeypatch):
    """The scanner may be gone for good: an hour by default, a second here."""
    heard, sink = world
    monkeypatch.setattr(sink, "_settings", replace(sink._settings, resolve_after=1.0))
    assert isinstance(await sink.deliver(notice(at=time_ns())), Delivered)
    await heard.until(("mail", "firing", "warning", "ABC/KRW"))
    await heard.until(("mail", "resolved", "warning", "ABC/KRW"))


@pytest.mark.system("prometheus-alertmanager")
async def test_bursts_and_troubles_arrive_as_alerts_of_their_own(world):
    """Each of a burst by itself, since grouping is what Alertmanager is for; troubles on a route of theirs."""
    heard, sink = world
    assert isinstance(await sink.deliver(group(5, severity="high")), Delivered)
    assert isinstance(await sink.deliver(notice(trouble(at=time_ns()))), Delivered)
    burst = [("pager", "firing", "high", f"C{number}/KRW") for number in range(5)]
    await heard.until(*burst, ("ops", "firing", "high", ""))
    assert isinstance(await sink.deliver(notice(trouble(at=time_ns(), kind="closed", number=1))), Delivered)
    await heard.until(("ops", "resolved", "high", ""))


@pytest.mark.system("prometheus-alertmanager")
async def test_what_it_cannot_take_is_refused_not_tried_for_ever(world, monkeypatch):
    """Its 400 is final."""
    _, sink = world
    monkeypatch.setattr("scanner.sinks.alertmanager.labels_of", lambda _: {"not a label": "x"})
    outcome = await sink.deliver(notice())
    assert isinstance(outcome, Refused)
    assert outcome.why.endswith("answered 400")
