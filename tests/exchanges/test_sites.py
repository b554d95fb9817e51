"""A call is data until it is asked of a site."""

from scanner.exchanges.base import Request
from scanner.exchanges.sites import Call


def test_a_call_is_asked_of_a_site_with_its_own_parameters_and_more():
    """Its weight goes with it, and it stays as it was for the next one."""
    call = Call("/trades", 5, {"limit": "500"})
    assert call.at("https://a", symbol="X") == Request("https://a/trades", {"limit": "500", "symbol": "X"}, 5)
    assert call.at("https://b", limit="9") == Request("https://b/trades", {"limit": "9"}, 5)
    assert call.at("https://b") == Request("https://b/trades", {"limit": "500"}, 5)
