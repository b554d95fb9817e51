"""Of every kind of sink, how to be set up with a canary in each of its secret places. A kind without a row fails."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

CANARY = "CANARYtweetCANARYtweet0123456789"
"""Where it is seen outside of a request, a secret has got out. Base64 too, of 24 bytes, for keys."""

Settings = Callable[[str, str], dict[str, Any]]
"""The address of a service (scheme, host and port) and the path of a file to write → settings."""


class Row(Struct, frozen=True):
    """One way in which a kind can be set up."""

    settings: Settings
    posts: bool = True
    """Whether it speaks to the service at all."""


def _with_all(place: str) -> str:
    """Credentials, path and query."""
    return f"{place.replace('://', f'://{CANARY}:{CANARY}@')}/hook/{CANARY}?token={CANARY}"


def _apprise(place: str, _: str) -> dict[str, Any]:
    spelled = place.replace("https://", "jsons://").replace("http://", "json://")
    return {"url": f"{_with_all(spelled)}&+X-Token={CANARY}"}


ROWS: dict[str, list[Row]] = {
    "console": [Row(lambda _, __: {}, posts=False)],
    "file": [Row(lambda _, path: {"path": path}, posts=False)],
    "webhook": [
        Row(lambda place, _: {"url": _with_all(place), "headers": {"X-Token": CANARY}, "secret": f"whsec_{CANARY}"})
    ],
    "alertmanager": [
        Row(lambda place, _: {"url": _with_all(place), "headers": {"X-Token": CANARY}, "token": CANARY}),
        Row(lambda place, _: {"url": _with_all(place), "username": "me", "password": CANARY}),
    ],
    "slack": [
        Row(lambda place, _: {"url": _with_all(place)}),
        Row(lambda place, _: {"token": f"xoxb-{CANARY}", "channel": "C0123456789", "api_url": place}),
    ],
    "discord": [Row(lambda place, _: {"url": f"{place}/api/webhooks/1/{CANARY}"})],
    "telegram": [Row(lambda place, _: {"token": f"123456:{CANARY}", "chat": "1", "api_url": place})],
    "apprise": [Row(_apprise)],
}
"""Kind → the ways to set it up; between them they fill every key that is marked secret."""
