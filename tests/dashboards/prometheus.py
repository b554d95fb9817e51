"""A real Prometheus on loopback, with the project's own configuration, only faster."""

import json
import re
import subprocess
import urllib.parse
import urllib.request
from contextlib import asynccontextmanager

import trio

from tests.dashboards.rulebook import FILES, HOME

PATIENCE_S = 60
HASTE = 30
"""In a test a minute of the rules is two seconds."""
UNITS_S = {"s": 1, "m": 60, "h": 3600}


def hastened(text):
    """Rules whose waits and windows are so many times shorter, and whose ages of data are five times smaller."""
    text = re.sub(r"(?<=for: )(\d+)([smh])", _shorter, text)
    text = re.sub(r"(?<=\[)(\d+)([smh])(?=\])", _shorter, text)
    return re.sub(r"(?<=_age_seconds > )(\d+)", lambda found: str(int(found[1]) // 5), text)


def _shorter(found):
    return f"{int(found[1]) * UNITS_S[found[2]] * 1000 // HASTE}ms"


class Prometheus:
    """Answers questions about what it scraped."""

    def __init__(self, address):
        self._address = address

    async def get(self, path, **parameters):
        url = f"{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        return await trio.to_thread.run_sync(_get, url)

    async def ask(self, expression):
        """The samples of an instant query, as (labels, value); an error of Prometheus is one of the test."""
        answer = await self.get("query", query=expression)
        assert answer["status"] == "success", f"{answer.get('error')}: {expression}"
        found = answer["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    async def firing(self):
        """(alert, exchange) of all that fire now."""
        rows = await self.ask('ALERTS{alertstate="firing"}')
        return {(labels["alertname"], labels.get("exchange", "")) for labels, _ in rows}

    async def until(self, condition, what):
        """Ask again until this coroutine function answers something true; returns it."""
        with trio.move_on_after(PATIENCE_S):
            while not (value := await condition()):
                await trio.sleep(0.25)
            return value
        raise AssertionError(f"{what} did not come; firing: {await self.firing()}")


@asynccontextmanager
async def running(folder, target, change=lambda text: text):
    """Prometheus with all rules, changed, scraping this `host:port` twice a second."""
    (folder / "rules").mkdir()
    for file in FILES:
        (folder / "rules" / file.name).write_text(change(file.read_text()))
    settings = (HOME / "prometheus.yaml").read_text().replace("scanner:9108", target)
    settings = re.sub(r"(scrape_interval|scrape_timeout|evaluation_interval): \S+", r"\1: 500ms", settings)
    (folder / "prometheus.yaml").write_text(settings)
    process = await trio.lowlevel.open_process(
        [
            "prometheus",
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            "--web.listen-address=127.0.0.1:0",
            "--log.format=json",
        ],
        stdin=None,
        stderr=subprocess.PIPE,
    )
    try:
        async with trio.open_nursery() as nursery:
            yield Prometheus(await nursery.start(_listen, process.stderr))
            nursery.cancel_scope.cancel()
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def _listen(stderr, task_status=trio.TASK_STATUS_IGNORED):
    """Read its log to the end, so that it never waits for us; started with its address once it serves."""
    log, address = b"", ""
    async for chunk in stderr:
        log += chunk
        if not address and (found := re.search(rb'"address":"(127\.0\.0\.1:[1-9]\d*)"', log)):
            address = found[1].decode()
        if address and b"ready to receive web requests" in log:
            task_status.started(f"http://{address}")
            break
    assert address, f"Prometheus did not start: {log[-2000:].decode()}"
    async for _ in stderr:
        pass


def _get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own loopback server
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)
