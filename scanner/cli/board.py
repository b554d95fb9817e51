"""The live board: venues and their health, what moves, what is traded, the latest alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from msgspec import Struct
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from scanner.cli.glance import compact, percent, price, printable, span
from scanner.cli.leaderboard import Leader
from scanner.cli.screen import show
from scanner.model.alert import Alert
from scanner.model.market import Overview

FEWEST_LEADERS, MOST_LEADERS = 3, 15
"""Rows of each ranking, however small or large the terminal."""
LEADERS_SHARE = 0.6
"""Of the lines that are left below the venues, when there are alerts enough for the rest."""


class VenueView(Struct, frozen=True):
    """One venue's line."""

    title: str
    state: str
    """One word: `live`, `connecting`, `waiting`, `blocked`, `restarting`, `quarantined`."""
    fresh: bool
    links_live: int
    links: int
    markets: int
    events_per_s: float
    data_age_s: float | None
    """None before the first data."""
    restarts: int
    problem: str
    """A sentence; empty when all is well."""
    to_warm: int = 0
    """Markets whose past is asked for, so that what is usual is known."""
    warming: int = 0
    """Of these, how many are still to be asked about."""


class BoardView(Struct, frozen=True):
    """Everything the board shows at one moment."""

    markets: tuple[str, ...]
    uptime_s: float
    events_per_s: float
    alerts: int
    dropped: int
    venues: tuple[VenueView, ...]
    movers: tuple[Leader, ...]
    volumes: tuple[Leader, ...]
    latest: tuple[Alert, ...]
    """Newest first, alerts that were told again too."""
    watched: tuple[str, ...] = ()
    """Coins that show early signs, by venue and symbol, newest first; nobody is told of them."""
    note: str = ""
    """One more line at the foot, such as where the metrics are."""
    overview: Overview | None = None
    """All the world's markets together, where somebody tells of them."""
    overview_age_s: float = 0.0


async def run(view: Callable[[], BoardView], console: Console | None = None) -> None:
    """Show what `view` gives over the whole terminal until cancelled, at most at 4 Hz; see `screen.show`."""
    await show(lambda: render(view()), console)


def render(view: BoardView) -> RenderableType:
    """The board for one moment; it fits itself to the console that it is printed on, from 80x24 up."""
    return _Board(view)


class _Board:
    """Lines of text in fixed columns: a rich table of this size takes 22 ms to draw, these take two."""

    def __init__(self, view: BoardView) -> None:
        self._view = view

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """From the top: header, venues, leaders, alerts, note; what does not fit is cut off at the foot."""
        view, width = self._view, options.max_width
        top = [_header(view), *_world(view), Text(), *_venues(view.venues), Text()]
        foot = [Text(printable(view.note), style="dim")] if view.note else []
        left = (options.height or console.height) - len(top) - len(foot) - _HEADINGS
        alerts = min(max(1, len(view.latest)), max(1, left - int(left * LEADERS_SHARE)))
        leaders = min(MOST_LEADERS, max(FEWEST_LEADERS, left - alerts))
        for line in [*top, *_leaders(view, leaders, width), Text(), *_alerts(view, alerts), *foot]:
            line.no_wrap, line.overflow = True, "ellipsis"
            yield line


_HEADINGS = 3
"""Lines that leaders and alerts need besides their rows: two headings and an empty one."""
_STATES = {"live": "green", "connecting": "yellow", "waiting": "yellow", "restarting": "yellow"}
"""Colours; any other state is trouble."""
_SEVERITIES = {"info": "", "warning": "yellow", "high": "bold yellow", "critical": "bold red"}


def _header(view: BoardView) -> Text:
    counts = f"{view.events_per_s:,.0f} events/s   {view.alerts} alerts   {view.dropped} dropped"
    return Text.assemble(
        ("scanner ", "bold"), f" {' '.join(view.markets)}   ", (f"up {span(view.uptime_s)}   ", "dim"), counts
    )


def _world(view: BoardView) -> Iterator[Text]:
    """What all coins are worth and what is traded of them: one line, or none."""
    if view.overview is None:
        return
    told, change = view.overview, view.overview.change_24h
    moved = Text() if change is None else Text(f" {percent(change)} 24h", style="green" if change > 0 else "red")
    yield Text.assemble(
        f"world    {compact(told.market_cap_usd)} USD",
        moved,
        f"   {compact(told.volume_24h_usd)} traded   BTC {told.btc_dominance:.1%}   ",
        (f"{span(view.overview_age_s)} ago", "dim"),
    )


def _venues(venues: Iterable[VenueView]) -> Iterator[Text]:
    """A heading, and for each venue a line, and one more for its problem, or for how warm it is until it is."""
    yield Text("venue      state        links  markets  events/s  data age  restarts", style="dim")
    for venue in venues:
        age = "-" if venue.data_age_s is None else span(venue.data_age_s)
        yield Text.assemble(
            (f"{venue.title[:10]:<11}", "bold"),
            (f"{venue.state[:12]:<13}", _STATES.get(venue.state, "red")),
            f"{f'{venue.links_live}/{venue.links}':>5}  {venue.markets:>7}  {venue.events_per_s:>8,.0f}  ",
            (f"{age:>8}", "" if venue.fresh else "red"),
            f"  {venue.restarts:>8}",
        )
        if venue.warming:
            yield Text(f"  warming {venue.to_warm - venue.warming}/{venue.to_warm}", style="dim")
        if venue.problem:
            yield Text(f"  {printable(venue.problem)}", style="yellow")


def _leaders(view: BoardView, rows: int, width: int) -> Iterator[Text]:
    """Movers on the left, volumes on the right."""
    half = width // 2
    left = [_mover(leader) for leader in view.movers[:rows]] or [Text("no trades yet", style="dim")]
    right = [_volume(leader) for leader in view.volumes[:rows]]
    yield Text(f"{'moving, 5 min':<{half}}traded, 5 min and 24 h", style="dim")
    for number in range(rows):
        line = left[number] if number < len(left) else Text()
        line.truncate(half - 1, overflow="ellipsis")
        line.pad_right(half - line.cell_len)
        yield line.append_text(right[number]) if number < len(right) else line


def _mover(leader: Leader) -> Text:
    style = "green" if leader.change > 0 else "red" if leader.change < 0 else ""
    return Text.assemble(_place(leader), f"{price(leader.price):>12}", (f"{percent(leader.change):>7}", style))


def _volume(leader: Leader) -> Text:
    day = compact(leader.turnover_24h) if leader.turnover_24h else "-"
    return Text.assemble(_place(leader), f"{compact(leader.turnover_5m):>9}{day:>9}")


def _place(leader: Leader) -> str:
    return f"{leader.exchange[:7]:<8}{str(leader.instrument)[:12]:<12}"


def _alerts(view: BoardView, rows: int) -> Iterator[Text]:
    """What is watched in the heading, and the newest ones, at most `rows`."""
    watched = f"   watching {printable(', '.join(view.watched))}" if view.watched else ""
    yield Text(f"alerts (UTC){watched}", style="dim")
    shown = list(islice(view.latest, rows))
    if not shown:
        yield Text("none yet", style="dim")
    for alert in shown:
        at = datetime.fromtimestamp(alert.at / 1e9, UTC)
        yield Text.assemble(
            (f"{at:%H:%M:%S}  ", "dim"),
            (f"{alert.severity:<9}", _SEVERITIES[alert.severity]),
            f"{_venues_of(alert):<8} {'' if alert.kind == 'opened' else 'then '}{printable(alert.headline)}",
        )


def _venues_of(alert: Alert) -> str:
    """The leader, and how many followed."""
    followers = len(alert.exchanges) - 1
    return f"{alert.exchange[:5]}+{followers}" if followers else alert.exchange[:7]
