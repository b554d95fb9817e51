"""Whom a sink may talk to: the open Internet, and what is nearer only where an operator says so.

An address in a webhook is a stranger's word that is spoken with this machine's voice: without a guard it reaches
whatever this machine reaches. What counts is where a name leads, so addresses are judged, each time anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

_SHARED = IPv4Network("100.64.0.0/10")
"""Between a carrier and its customers (RFC 6598)."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""The last four bytes are an IPv4 address that a NAT64 gateway connects to (RFC 6052): where there is no IPv4, every
name that has no IPv6 address of its own leads there."""
_COMPATIBLE = IPv6Network("::/96")
"""The oldest way of writing an IPv4 address as an IPv6 one (RFC 4291, given up)."""

_NEARER: tuple[tuple[str, Callable[[Address], bool]], ...] = (
    ("an unspecified address", lambda address: address.is_unspecified),
    ("a loopback address", lambda address: address.is_loopback),
    ("a link-local address", lambda address: address.is_link_local),
    ("a multicast address", lambda address: address.is_multicast),
    ("a carrier's shared address", lambda address: isinstance(address, IPv4Address) and address in _SHARED),
    ("a private address", lambda address: address.is_private),
    ("a site-local address", lambda address: isinstance(address, IPv6Address) and address.is_site_local),
    ("a reserved address", lambda address: address.is_reserved),
    ("no public address", lambda address: not address.is_global),
)
"""What an address may be besides public, the most telling first."""

LOCALHOST = "localhost"
"""This name, and each below it, is this machine, whatever a resolver says (RFC 6761)."""


class Forbidden(Exception):
    """This host is nearer than a receiver may be."""

    def __init__(self, host: str, kind: str, address: str = "") -> None:
        where = f"{host} leads to {kind}, {address}" if address and address != host else f"{host} is {kind}"
        super().__init__(f"{where}: allow_private = true lets this receiver be there")


def check(host: str, addresses: Iterable[str]) -> None:
    """Forbidden when any of the addresses that a name has is not public; one bad one spoils the name."""
    for address in addresses:
        if kind := nearer(ip_address(address)):
            raise Forbidden(host, kind, address)


def check_spelling(url: str) -> None:
    """Forbidden when an address that was written down is known not to be public before any resolver is asked."""
    host = (urlsplit(url).hostname or "").removesuffix(".")
    if f".{host}".endswith(f".{LOCALHOST}"):
        raise Forbidden(host, "this machine")
    try:
        check(host, [str(ip_address(host))])
    except ValueError:
        return


def nearer(address: Address) -> str:
    """What an address is, in words, where it is anything but public; empty for a public one."""
    for real in _meant(address):
        for kind, fits in _NEARER:
            if fits(real):
                return kind
    return ""


def _meant(address: Address) -> Iterable[Address]:
    """The address itself, and the IPv4 addresses that an IPv6 one stands for; behind a translator only that counts."""
    if isinstance(address, IPv4Address):
        return (address,)
    tail = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _TRANSLATED:
        return (tail,)
    compatible = tail if address in _COMPATIBLE else None
    teredo = address.teredo or ()
    return (address, *filter(None, (address.ipv4_mapped, address.sixtofour, compatible, *teredo)))
