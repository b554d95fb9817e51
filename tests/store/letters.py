"""Letters made by hand, and databases to keep them in."""

from pathlib import Path

from scanner.model.alert import Alert
from scanner.model.instrument import Instrument
from scanner.model.news import Notification, Trouble
from scanner.store import outbox
from scanner.store.database import DATABASE, connect
from scanner.store.outbox import Letter

SECOND = 1_000_000_000
START = 1_790_000_040 * SECOND
DAY = 86_400 * SECOND


def alert(story=0, **changes):
    """The opening of story `story`, about ABC on Upbit unless told otherwise."""
    values = {
        "id": f"{story:016x}",
        "rule": "pump",
        "stage": "pump",
        "instrument": Instrument("ABC", "KRW"),
        "exchanges": ("upbit",),
        "severity": "high",
        "score": 80,
        "headline": "ABC/KRW +6.0 % in 60 s",
        "price": 106.0,
        "change": 0.06,
        "window_s": 60.0,
        "volume_ratio": 12.5,
        "facts": {"trades": 14, "coin": "오리", "warm": True},
        "at": START + story * SECOND,
    }
    return Alert(**(values | changes))


def notification(story=0, *, made=None, **changes):
    """Made a second after the one before."""
    made = START + story * SECOND if made is None else made
    return Notification(alert(story, **changes), made, course=((made, 106.0, 5e6), (made + SECOND, 107.5, 0.0)))


def trouble(number=0):
    return Notification(Trouble(f"t{number:015x}", "venue_silent", "high", "upbit is silent", {}, START), START)


def letter(story=0, receiver="phone", **changes):
    """Due when it was made."""
    due = changes.pop("due", START + story * SECOND)
    group = changes.pop("group", "")
    return Letter(notification(story, **changes), receiver, due, group)


def database(folder: Path):
    """A new one, or the one that is there."""
    return connect(folder / DATABASE, create=True)


def asked(path: Path, job):
    """What a job finds there, as another process would read it."""
    db = connect(path)
    try:
        return job(db)
    finally:
        db.close()


def states(db):
    """(story number, receiver) → state of every letter there is."""
    rows = db.execute("SELECT story, receiver, state FROM letters ORDER BY seq")
    return {(int(story, 16), receiver): state for story, receiver, state in rows}


def waiting(db, receiver="phone", **options):
    """Story numbers of what waits for a receiver, in order."""
    return [int(letter.notification.news.id, 16) for letter in outbox.waiting(db, receiver, **options)]
