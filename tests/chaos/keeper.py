"""A program whose children live to be killed: each holds the state folder, writes letters, and says what is committed.

For every line on stdin, the number of a life, a child is forked: what it needs is imported once, for thirty lives.
"""

import os
import sys
from pathlib import Path
from time import time_ns

import trio

from scanner.store import outbox, upkeep
from scanner.store.database import DATABASE
from scanner.store.folder import Claim, Holder
from scanner.store.writer import Writer
from tests.store.letters import DAY, START, letter

BATCH = 20


async def main(folder, life):
    """Its pid, then letters `life * 1_000_000` and up, without end; every third batch the store is looked after."""
    claim = Claim.take(folder, Holder(os.getpid(), time_ns(), "keeper"))
    writer = Writer(claim.folder / DATABASE)

    def say(letters):
        # One write(2) a batch, past every buffer: what was said before the kill is there to be read after it.
        os.write(1, "".join(f"{int(each.notification.news.id, 16)}\n" for each in letters).encode())

    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        os.write(1, b"%d\n" % os.getpid())
        story = life * 1_000_000
        while True:
            batch = [letter(number) for number in range(story, story + BATCH)]
            story += BATCH
            writer.put(lambda db, batch=batch: outbox.add(db, batch), say)
            if story % (3 * BATCH) == 0:
                await writer.do(lambda db: upkeep.prune(db, START, DAY, 10**9))
            await trio.lowlevel.checkpoint()


def bear(folder, life):
    """One life, to its end."""
    child = os.fork()
    if not child:
        trio.run(main, folder, life)
    os.waitpid(child, 0)
    os.write(1, b"died\n")


if __name__ == "__main__":
    for line in sys.stdin:
        bear(Path(sys.argv[1]), int(line))
