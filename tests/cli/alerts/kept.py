"""A state folder with a little history, and the command line beside it."""

from pathlib import Path
from time import time_ns

from click.testing import CliRunner
from msgspec import structs

from scanner.cli.alerts.sample import sample_alert, sample_trouble
from scanner.cli.main import scanner
from scanner.model.decision import Decision
from scanner.model.moments import SECOND
from scanner.model.news import Notification
from scanner.store import archive, decisions, outbox
from scanner.store.database import DATABASE, connect

MINUTE = 60 * SECOND


class Kept:
    """A state folder as a scanner leaves it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.now = time_ns()
        folder.mkdir(parents=True, exist_ok=True)
        connect(folder / DATABASE, create=True).close()

    def change(self, job):
        """What this makes of the database, in one transaction."""
        database = connect(self.folder / DATABASE)
        try:
            database.execute("BEGIN IMMEDIATE")
            made = job(database)
            database.execute("COMMIT")
        finally:
            database.close()
        return made

    def told(self, minutes_ago, receivers=("phone",), **about):
        """An alert was told so long ago; its letters wait."""
        at = self.now - round(minutes_ago * MINUTE)
        message = Notification(sample_alert(at, **about), at)
        letters = [outbox.Letter(message, name, at) for name in receivers]
        self.change(lambda db: outbox.add(db, letters))
        if not receivers:
            self.change(lambda db: outbox.note(db, message))
        return message

    def troubled(self, minutes_ago, story=""):
        """The scanner said something about itself, and nobody was to hear it."""
        at = self.now - minutes_ago * MINUTE
        trouble = sample_trouble(at, exchange="upbit")
        message = Notification(structs.replace(trouble, id=story or trouble.id), at)
        self.change(lambda db: outbox.note(db, message))
        return message

    def settled(self, message, receiver, state, why=""):
        """A letter came to its end."""
        self.change(
            lambda db: outbox.settle(db, outbox.seqs(db, receiver, [message.id]), state, self.now, why, "message-1")
        )

    def failed(self, message, receiver, why):
        """An attempt failed."""
        self.change(lambda db: outbox.failed(db, outbox.seqs(db, receiver, [message.id]), self.now, why))

    def decided(self, minutes_ago, outcome, why, *, symbol="KAVA/KRW", exchange="upbit", rule="pump", story=""):
        """Somebody decided something."""
        at = self.now - round(minutes_ago * MINUTE)
        decision = Decision(at, exchange, symbol, rule, outcome, why, story)
        self.change(lambda db: decisions.add(db, [decision]))
        return decision

    def states(self, message):
        """Receiver → where its letter stands."""
        (listed,) = self.change(lambda db: archive.find(db, message.id))
        return {letter.receiver: letter.state for letter in listed.letters}


def alerts(*args, **environment):
    """`scanner alerts …` in this process."""
    return CliRunner().invoke(scanner, ["alerts", *map(str, args)], env=environment, catch_exceptions=False)


def lines(result):
    """What people read, without the folds and gaps of tables."""
    assert result.exit_code == 0, result.stderr
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def refused(result, exit_code=2):
    """The one line on standard error."""
    assert result.exit_code == exit_code
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line
