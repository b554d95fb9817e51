"""A course of prices made by hand."""

from scanner.model.standing import Standing
from tests.alerts.signals import START


class Prices:
    """One price for every instrument, unless a venue has its own; it went straight there since the last look."""

    def __init__(self, price=106.0, **venues):
        self.price = price
        self.venues = venues
        self.began = START
        self.turnover = 0.0
        self.turnover_24h = 0.0
        self.high = self.low = price

    def go(self, price, turnover=0.0, *, high=None, low=None):
        """The next look finds this, and what has been the highest and lowest since the look before."""
        self.price, self.turnover = price, self.turnover + turnover
        self.high, self.low = max(price, high or price), min(price, low or price)

    def standing(self, exchange, _):
        price = self.venues.get(exchange, self.price)
        high, low = (price, price) if exchange in self.venues else (self.high, self.low)
        return Standing(self.began, price, high, low, self.turnover, self.turnover_24h)

    def points(self, *_):
        return ((START - 5 * 10**9, 100.0, 7.0), (START, self.price, 3.0))
