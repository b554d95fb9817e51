"""What dashboards ask Prometheus, read from the JSON that Grafana reads."""

import json
import re
from typing import NamedTuple

from tests.dashboards.rulebook import HOME

FILES = sorted((HOME / "grafana").glob("*.json"))
BOARDS = {file.stem: json.loads(file.read_text()) for file in FILES}
CHOSEN = {"$exchange": ".*", "$receiver": ".*", "$__rate_interval": "1m"}
"""What Grafana puts in for its variables when nobody has chosen anything."""


class Question(NamedTuple):
    board: str
    panel: str
    letter: str
    expression: str

    @property
    def name(self):
        return f"{self.board}: {self.panel} {self.letter}"


def panels(board):
    """All but rows; those that a row hides are none, for nobody sees them."""
    return [panel for panel in BOARDS[board]["panels"] if panel["type"] != "row"]


def questions():
    """Of all panels, and of what marks moments in them."""
    marks = [
        Question(board, mark["name"], "mark", filled_in(mark["expr"]))
        for board, drawn in BOARDS.items()
        for mark in drawn["annotations"]["list"]
    ]
    return marks + [
        Question(board, panel["title"], target["refId"], filled_in(target["expr"]))
        for board in BOARDS
        for panel in panels(board)
        for target in panel.get("targets", ())
    ]


def filled_in(expression):
    return re.sub("|".join(map(re.escape, CHOSEN)), lambda found: CHOSEN[found[0]], expression)
