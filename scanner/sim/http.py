"""The venues' REST sides over HTTP, with levers beside them that are pulled while running.

/_sim/faults
POST {"exchange": "upbit", "fault": "stall", "for_s": 10}                   let it go wrong, for ever without `for_s`
GET                                                                         what is armed, at every venue
DELETE                                                                      all is well again, at every venue

/_sim/listing
POST {"exchange": "upbit", "action": "delist", "symbol": "XRP/KRW"}         or list, suspend, caution
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from difflib import get_close_matches
from math import isfinite

import msgspec
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scanner.model.instrument import Instrument
from scanner.sim.faults import FAULTS
from scanner.sim.house import House
from scanner.sim.listing import Action

LONGEST_BODY = 4_096
FAULT_LEVER = "/_sim/faults"
LISTING_LEVER = "/_sim/listing"


class Lever(Struct, forbid_unknown_fields=True):
    """What is to go wrong, and for how long; without an exchange, at the one that was asked."""

    fault: str
    exchange: str = ""
    for_s: float | None = None


class ListingLever(Struct, forbid_unknown_fields=True):
    """What is to happen to a market; without an exchange, at the one that was asked."""

    action: Action
    symbol: str
    exchange: str = ""


def application(house: House, houses: Mapping[str, House]) -> Starlette:
    """One venue's REST side; `houses` are all that its control endpoint reaches."""

    async def quotation(request: Request) -> Response:
        return _quoted(house, request)

    async def faults(request: Request) -> Response:
        if request.method == "GET":
            return _listed(houses)
        if request.method == "DELETE":
            for each in houses.values():
                each.faults.heal()
            return _listed(houses)
        return _pulled(house, houses, await _body(request))

    async def listing(request: Request) -> Response:
        return _relisted(house, houses, await _body(request))

    return Starlette(
        routes=[
            Route(FAULT_LEVER, faults, methods=["GET", "POST", "DELETE"]),
            Route(LISTING_LEVER, listing, methods=["POST"]),
            Route("/{path:path}", quotation, methods=["GET"]),
        ]
    )


def _quoted(house: House, request: Request) -> Response:
    origin, user_agent = (bool(request.headers.get(name)) for name in ("origin", "user-agent"))
    params = dict(request.query_params)
    answer, headers = house.answer(request.url.path, params, origin=origin, user_agent=user_agent)
    return Response(answer.body, answer.status, headers, answer.content_type)


async def _body(request: Request) -> bytes:
    """What was sent, as far as it is worth reading."""
    body = b""
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > LONGEST_BODY:
                break
    return body


def _pulled(house: House, houses: Mapping[str, House], body: bytes) -> Response:
    try:
        lever = msgspec.json.decode(body, type=Lever)
    except (msgspec.DecodeError, UnicodeError) as error:
        return _wrong(f'{error}; expected {{"exchange": …, "fault": …, "for_s": seconds or null}}')
    name = lever.exchange or house.venue.name
    if name not in houses:
        return _wrong(f"unknown exchange {name!r}", name, houses)
    if lever.fault not in FAULTS:
        return _wrong(f"unknown fault {lever.fault!r}", lever.fault, FAULTS)
    if lever.for_s is not None and not (isfinite(lever.for_s) and lever.for_s >= 0):
        return _wrong(f"for_s is {lever.for_s}: expected seconds from 0, or null for ever")
    target = houses[name]
    target.faults.arm(lever.fault, target.clock.now_ms(), lever.for_s)
    return _listed(houses)


def _relisted(house: House, houses: Mapping[str, House], body: bytes) -> Response:
    try:
        lever = msgspec.json.decode(body, type=ListingLever)
        name, instrument = lever.exchange or house.venue.name, Instrument.parse(lever.symbol)
        if name not in houses:
            return _wrong(f"unknown exchange {name!r}", name, houses)
        houses[name].change_listing(lever.action, instrument)
    except (msgspec.DecodeError, UnicodeError) as error:
        return _wrong(f'{error}; expected {{"exchange": …, "action": …, "symbol": BASE/QUOTE}}')
    except ValueError as error:
        return _wrong(str(error))
    return Response(msgspec.json.encode(lever), media_type="application/json")


def _listed(houses: Mapping[str, House]) -> Response:
    rows = [
        {"exchange": name, **row} for name, house in houses.items() for row in house.faults.rows(house.clock.now_ms())
    ]
    return Response(msgspec.json.encode(rows), media_type="application/json")


def _wrong(problem: str, said: str = "", known: Mapping[str, object] | None = None) -> Response:
    near = get_close_matches(said, known or (), n=1)
    text = problem if known is None else f"{problem}: expected one of {', '.join(known)}"
    text += f"; did you mean {near[0]}?" if near else ""
    return Response(msgspec.json.encode({"error": text}), 400, media_type="application/json")
