"""A venue's ear, slow and obvious: which streams flow after what was said, without knowing the dialect.

What a subscription sounds like is learnt by asking for it alone, and for its end likewise. Where no end is ever heard,
each request replaces all before it, and the ear forgets with it.
"""

import json

from scanner.exchanges.base import Endpoint

NUMBERS = {"id", "ticket"}
"""Keys that tell requests apart and streams not."""


def words(frames):
    """Each stream that these frames name, by itself and with the verb that goes with it."""
    return [json.dumps(word, sort_keys=True) for frame in frames for word in _words(_read(frame))]


def _read(frame):
    try:
        return json.loads(frame)
    except ValueError:
        return frame


def _words(said):
    if isinstance(said, list):
        return [word for one in said for word in _words(one)]
    if not isinstance(said, dict):
        return [said]
    plain = {key: value for key, value in said.items() if key not in NUMBERS and not isinstance(value, dict | list)}
    lists = {key: value for key, value in said.items() if isinstance(value, dict | list)}
    return [plain | {key: word} for key, value in lists.items() for word in _words(value)] or [plain]


class Ear:
    """Hears one connection of a venue."""

    def __init__(self, exchange, endpoint):
        self._exchange = exchange
        self._url = endpoint.url
        self._asked = {}
        self._dropped = {}
        self.streams = set()
        self.learn(endpoint.subscriptions)

    @property
    def replaces(self):
        """The venue has no word for an end."""
        return not any(self._dropped.values())

    def learn(self, subscriptions):
        """Find out how these are asked for and given up."""
        for one in subscriptions:
            if one not in self._asked:
                alone = self._exchange.open(Endpoint(self._url, (one,)))
                self._asked[one] = frozenset(words(alone.subscribe()))
                self._dropped[one] = frozenset(words(alone.update(())))

    def asking(self, one):
        """The words for one subscription."""
        return self._asked[one]

    def knows(self, frame):
        """Whether it begins or ends a stream."""
        known = frozenset().union(*self._asked.values(), *self._dropped.values())
        return not known.isdisjoint(words([frame]))

    def hear(self, frames):
        """Frames in the order in which they were said; AssertionError for words that stand for no subscription."""
        for frame in frames:
            heard = words([frame])
            if self.replaces:
                self.streams = set()
            for word in heard:
                begun = any(word in asked for asked in self._asked.values())
                ended = [self._asked[one] for one, dropped in self._dropped.items() if word in dropped]
                assert begun or ended, f"{word} stands for nothing that was wanted"
                self.streams = self.streams | {word} if begun else self.streams.difference(*ended)

    def expects(self, subscriptions):
        """The streams that should flow when these are wanted."""
        return {word for one in subscriptions for word in self._asked[one]}
