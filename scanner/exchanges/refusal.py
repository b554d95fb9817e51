"""A refusal that comes as an answer: some venues say no in the body and keep the status for other news."""

from __future__ import annotations

from scanner.exchanges.base import RemoteNonsense


class TurnedAway(RemoteNonsense):
    """The venue understood what it was asked and will not tell. Asking again too soon makes it worse.

    `lasting`: time alone will not change its mind, for it is our key or our question that it minds, not our pace.
    """

    def __init__(self, text: str, *, lasting: bool = False) -> None:
        super().__init__(text)
        self.lasting = lasting
