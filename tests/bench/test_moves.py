"""The script of pumps: coins take turns, and the default rules tell of each jump, once, and of nothing else."""

from random import Random

import pytest

from scanner.bench.coin import coins
from scanner.bench.floor import WORTH, Load
from scanner.bench.moves import FILLS, LEAST, MOST, STEPS, USUAL_MINUTES, Moves
from scanner.detectors.price_move import DEFAULTS, PriceMove
from scanner.detectors.tapes import Tapes
from scanner.model.market import Ticker, Trade
from scanner.model.moments import SECOND

MILLISECOND = 1_000_000


def test_a_jump_goes_as_far_as_promised_and_the_coin_stays_there():
    """Twelve orders of takers within 300 ms, each dearer than the one before and filled twice."""
    market = coins(2, WORTH)
    moves = Moves(market, usual_minute=6e6, per_s=1.0, seed=1)
    assert list(moves.due(0)) == []
    told = list(moves.due(SECOND // 2))
    assert {coin.code for coin, _ in told} == {market[0].code}
    prices = [said.price for _, said in told]
    assert prices == sorted([*set(prices)] * FILLS)
    assert len(prices) == STEPS * FILLS
    assert 1 + LEAST - 0.001 <= prices[-1] / market[0].close <= 1 + MOST + 0.001
    assert market[0].price == prices[-1]
    assert {said.side for _, said in told} == {"buy"}
    assert sum(said.price * said.size for _, said in told) == pytest.approx(USUAL_MINUTES * 6e6)


def test_coins_take_turns_at_the_pace_of_the_script():
    """Two a second: the third jump is the first coin's second one."""
    market = coins(2, WORTH)
    moves = Moves(market, usual_minute=6e6, per_s=2.0, seed=1)
    told = [(now, coin.code) for now in range(0, 2 * SECOND, MILLISECOND) for coin, _ in moves.due(now)]
    first = [code for now, code in told if now < SECOND // 2]
    second = [code for now, code in told if SECOND // 2 <= now < SECOND]
    third = [code for now, code in told if SECOND <= now < SECOND + SECOND // 2]
    assert [set(codes) for codes in (first, second, third)] == [{market[0].code}, {market[1].code}, {market[0].code}]
    assert len(told) == 4 * STEPS * FILLS


def test_the_default_rules_tell_of_every_jump_and_of_no_calm_trade():
    """Ten coins trade for twenty seconds; four of them are pumped meanwhile."""
    load = Load(instruments=10, rate=100, moves_per_s=0.25)
    market = load.coins()
    tapes = Tapes()
    PriceMove(DEFAULTS, tapes)
    for coin in market:
        tapes.see(Ticker("upbit", coin.instrument, 0, 0, coin.close, 1.0, load.usual_minute * 1440))
    moves = Moves(market, load.usual_minute, load.moves_per_s, seed=1)
    dice, signals = Random(1), []

    def see(coin, said, now):
        trade = Trade("upbit", coin.instrument, now, now, str(now), said.price, said.size, said.side)
        signals.extend(tapes.see(trade))

    for now in range(SECOND, 21 * SECOND, SECOND // 100):
        coin = dice.choice(market)
        see(coin, dice.choice(coin.prints), now)
        for mover, said in moves.due(now):
            see(mover, said, now)
    assert {one.rule for one in signals} == {"pump"}
    told = dict.fromkeys(one.instrument for one in signals if one.stage == "pump")
    assert list(told) == [coin.instrument for coin in market[:5]]


def test_moves_without_a_pace_are_refused():
    """They are a script in time."""
    with pytest.raises(ValueError, match="moves need a rate and trades"):
        Load(moves_per_s=1.0)
