"""Many short lives of the part of the main process that brings alerts: each is killed at a random moment, but the last.

`python lives.py FOLDER URL KILLS SEED`: every life is a fork of one process that has imported everything, so that two
hundred of them take a minute. A life tells alerts as fast as the store takes them and prints each one, as
`scanner start --json` does, once it is safe. The last life is left alone until nothing waits any more.
"""

import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

import trio

from scanner import plan
from scanner.alerting import Alerting
from scanner.alerts.episodes import Episodes
from scanner.delivery.tallies import Tallies
from scanner.model.alert import Alert
from scanner.model.instrument import Instrument
from scanner.settings import Settings, configuration, settle
from scanner.sinks import transport  # noqa: F401  # what a life would import late, and then hardly live
from scanner.sinks.lines import Lines
from scanner.store.database import DATABASE
from scanner.store.writer import Writer

SHORTEST_S, LONGEST_S = 0.02, 0.5
"""How long a life may be: from before the store is open until many alerts have arrived."""
EVERY_S = 0.002
VENUES = ("upbit", "bithumb", "binance", "okx", "mexc", "weex")


def alert(number: int, life: int) -> Alert:
    """A pump of a coin that nobody else is told of; one in four is critical, so that bursts and single ones mix."""
    now = time.time_ns()
    return Alert(
        id=f"{life:04}-{number:06}",
        rule="pump",
        stage="pump",
        instrument=Instrument(f"C{number}", "KRW"),
        exchanges=(VENUES[number % len(VENUES)],),
        severity="critical" if number % 4 else "high",
        score=90,
        headline=f"C{number}/KRW +10.0 % in 3 s",
        price=110.0,
        change=0.1,
        window_s=3.0,
        volume_ratio=20.0,
        facts={},
        at=now,
    )


def settings(url: str) -> Settings:
    sets = ["receivers.hook.sink=webhook", f"receivers.hook.url={url}", "receivers.hook.allow_private=true"]
    sets += ["receivers.hook.ops=false", "receivers.console.sink=console", "receivers.console.ops=false"]
    return settle(configuration(environment={}, sets=sets))


async def live(folder: Path, chosen: Settings, life: int, last: bool) -> None:  # noqa: FBT001 - trio.run takes nothing by name
    lines = Lines(sys.stdout.fileno())
    tallies = Tallies(chosen.receivers)
    posts = plan.posts(chosen, write=lines.write, json=True, console=True, degraded=tallies.degrade)
    writer = Writer(folder / DATABASE)
    alerting = Alerting(chosen, writer, posts, Episodes(), tallies=tallies, missed=lambda _: [])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lines.run)
        async with alerting.open(lambda _: None):
            for number in count():
                if last and not alerting.dispatcher.waiting()["hook"].letters:
                    break
                if not last:
                    alerting.publish([alert(number, life)])
                await trio.sleep(EVERY_S)
        lines.close()


def main(folder: str, url: str, kills: str, seed: str) -> None:
    draw, chosen = random.Random(int(seed)), settings(url)
    for life in range(int(kills) + 1):
        last = life == int(kills)
        child = os.fork()
        if not child:
            trio.run(live, Path(folder), chosen, life, last)
            os._exit(0)
        if not last:
            time.sleep(draw.uniform(SHORTEST_S, LONGEST_S))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        ended = os.waitstatus_to_exitcode(status)
        if ended != (0 if last else -signal.SIGKILL):
            sys.exit(f"life {life} ended by itself with {ended}")


if __name__ == "__main__":
    main(*sys.argv[1:])
