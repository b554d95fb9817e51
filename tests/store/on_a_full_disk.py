"""A program for a small disk of its own: fills it under a running writer, makes room again, and says what was told."""

import json
import os
import sys
from pathlib import Path

import trio

from scanner.store import outbox
from scanner.store.database import DATABASE, connect
from scanner.store.writer import Writer
from tests.store.letters import letter, waiting

LETTERS = 300


def say(facts):
    """One JSON object a line."""
    sys.stdout.write(json.dumps(facts) + "\n")


def fill(path):
    """All that is left of the disk, to the last byte."""
    with path.open("wb", buffering=0) as ballast:
        for size in (65536, 4096, 1):
            try:
                while True:
                    ballast.write(b"\0" * size)
            except OSError:
                continue


async def main(folder):
    told = {"committed": 0, "from memory": 0}
    writer = Writer(folder / DATABASE)

    def then(added):
        told["from memory" if added is None else "committed"] += 1

    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        await writer.do(lambda db: outbox.add(db, [letter(0)]))
        fill(folder / "ballast")
        for story in range(1, LETTERS):
            writer.put(lambda db, story=story: outbox.add(db, [letter(story)]), then)
        while sum(told.values()) < LETTERS - 1:
            await trio.sleep(0.01)
        say({"told": told, "writable": writer.writable, "why": writer.why})
        say({"read": await writer.read(waiting)})
        os.unlink(folder / "ballast")  # noqa: PTH108 - a moment
        while not writer.writable:
            await trio.sleep(0.01)
        writer.close()
    db = connect(folder / DATABASE, create=True)
    say({"waiting": waiting(db), "told": told})
    db.close()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
