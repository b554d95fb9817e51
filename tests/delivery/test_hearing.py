"""What a receiver is not to hear, and the sentence that says why."""

import pytest

from scanner.alerts.silences import silence
from scanner.delivery.hearing import Verdict, objection
from scanner.delivery.post import Post
from scanner.sinks.base import ReceiverSettings
from tests.delivery.office import SECOND, START, alert, trouble

NIGHT = START - START % (86_400 * SECOND) + 86_400 * SECOND + 1800 * SECOND
"""Half past midnight, UTC."""


def heard(news, now=START, silences=(), **settings):
    return objection(Post("one", None, ReceiverSettings(**settings)), news, silences, now)


@pytest.mark.parametrize(
    ("news", "settings", "verdict"),
    [
        (alert(), {}, None),
        (alert(), {"severity": "warning"}, None),
        (alert(), {"severity": "high"}, Verdict("mild", "warning, and it hears from high on")),
        (alert(kind="closed"), {}, None),
        (
            alert(kind="closed"),
            {"closed": False},
            Verdict("unwanted", "it does not hear how a story ended (closed = false)"),
        ),
        (trouble(), {}, None),
        (trouble(), {"ops": False}, Verdict("unwanted", "it hears nothing of the scanner itself (ops = false)")),
        (trouble(receiver="one"), {}, Verdict("itself", "it is what the trouble is about")),
        (trouble(receiver="two"), {}, None),
    ],
)
def test_what_a_receiver_is_not_to_hear(news, settings, verdict):
    assert heard(news, **settings) == verdict


def test_in_quiet_hours_only_what_cannot_wait_is_heard():
    """In the receiver's own time zone."""
    night = {"quiet": "23:00-07:00", "timezone": "UTC"}
    assert heard(alert(severity="critical"), NIGHT, **night) is None
    assert heard(alert(), NIGHT + 8 * 3600 * SECOND, **night) is None
    assert heard(alert(), NIGHT, quiet="23:00-07:00", timezone="Asia/Seoul") is None
    why = "warning in its quiet hours 23:00-07:00 UTC, in which it hears from critical on"
    assert heard(alert(), NIGHT, **night) == Verdict("quiet", why)


def test_a_silence_that_names_the_receiver_is_an_objection_of_its_own():
    hush = silence(["receiver=one", "rule=pump"], until=START + SECOND, comment="", created=START)
    assert heard(alert(), silences=[hush]) == Verdict("silenced", f"silence {hush.id} (receiver=one, rule=pump)")
    assert heard(alert(), START + SECOND, silences=[hush]) is None
