"""Stories that wait a moment before they are told, so that the venues that fire together stand in one alert."""

from __future__ import annotations

from heapq import heappop, heappush

from scanner.alerts.story import Coin, Story


class Holding:
    """Each story is held until a moment of ours; whoever has one ready sooner takes it out."""

    def __init__(self) -> None:
        self._held: dict[Coin, tuple[int, Story]] = {}
        self._moments: list[tuple[int, Coin]] = []
        """A heap. A story that was taken out, or hastened, leaves its moment behind, which then comes to nothing."""

    def __len__(self) -> int:
        return len(self._held)

    @property
    def due(self) -> int | None:
        """When to look next, nanoseconds UTC; None while nothing is held."""
        return self._moments[0][0] if self._held else None

    def hold(self, story: Story, until: int) -> None:
        """Keep it until then."""
        self._held[story.coin] = until, story
        heappush(self._moments, (until, story.coin))

    def hasten(self, story: Story, until: int) -> None:
        """Let it wait no longer than until then."""
        if until < self._held[story.coin][0]:
            self.hold(story, until)

    def find(self, coin: Coin) -> Story | None:
        """The one about this coin, if it is still held."""
        return self._held[coin][1] if coin in self._held else None

    def take(self, story: Story) -> None:
        """It waits no longer."""
        del self._held[story.coin]

    def release(self, now: int) -> list[Story]:
        """Those whose moment has come, in its order and by name: not in that in which they came."""
        released = []
        while self._moments and self._moments[0][0] <= now:
            until, coin = heappop(self._moments)
            if coin in self._held and self._held[coin][0] == until:
                released.append(self._held.pop(coin)[1])
        return released
