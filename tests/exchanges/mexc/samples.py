"""MEXC's ordinary frames and answers, written by us with values of our own."""

from scanner.exchanges.mexc.push_pb2 import (
    PublicAggreBookTickerV3Api,
    PublicAggreDealsV3Api,
    PublicAggreDealsV3ApiItem,
    PublicAggreDepthsV3Api,
    PublicAggreDepthV3ApiItem,
    PublicLimitDepthsV3Api,
    PublicLimitDepthV3ApiItem,
    PublicMiniTickersV3Api,
    PublicMiniTickerV3Api,
    PublicSpotKlineV3Api,
    PushDataV3ApiWrapper,
)

MS = 1_790_000_000_153
DEALS = "spot@public.aggre.deals.v3.api.pb@100ms@{}"
DEPTH = "spot@public.aggre.depth.v3.api.pb@100ms@{}"
LIMIT = "spot@public.limit.depth.v3.api.pb@{}@20"
TOP = "spot@public.aggre.bookTicker.v3.api.pb@100ms@{}"
KLINE = "spot@public.kline.v3.api.pb@{}@Min1"
MINIS = "spot@public.miniTickers.v3.api.pb@24H"


def push(channel, code="WAVEBTC", **body):
    """A frame; `channel` has `{}` where the code goes."""
    symbol = {"symbol": code} if "{}" in channel else {}
    return PushDataV3ApiWrapper(channel=channel.format(code), sendTime=MS, **symbol, **body).SerializeToString()


def deal(price="0.0000412", quantity="40.25", side=1, ms=MS - 41, **more):
    return PublicAggreDealsV3ApiItem(price=price, quantity=quantity, tradeType=side, time=ms, **more)


def deals(*items, code="WAVEBTC"):
    event = DEALS.removesuffix("@{}")
    return push(DEALS, code, publicAggreDeals=PublicAggreDealsV3Api(deals=items, eventType=event))


def limit(bids, asks, version="5120", code="WAVEBTC"):
    """Levels are (price, quantity) as text."""
    sides = {
        side: [PublicLimitDepthV3ApiItem(price=price, quantity=size) for price, size in rows]
        for side, rows in (("bids", bids), ("asks", asks))
    }
    return push(LIMIT, code, publicLimitDepths=PublicLimitDepthsV3Api(version=version, **sides))


def change(first, last, bids=(), asks=(), code="WAVEBTC"):
    sides = {
        side: [PublicAggreDepthV3ApiItem(price=price, quantity=size) for price, size in rows]
        for side, rows in (("bids", bids), ("asks", asks))
    }
    body = PublicAggreDepthsV3Api(fromVersion=str(first), toVersion=str(last), **sides)
    return push(DEPTH, code, publicAggreDepths=body)


def top(bid="0.0000411", bid_size="310.5", ask="0.0000413", ask_size="95.1", code="WAVEBTC"):
    body = PublicAggreBookTickerV3Api(bidPrice=bid, bidQuantity=bid_size, askPrice=ask, askQuantity=ask_size)
    return push(TOP, code, publicAggreBookTicker=body)


def kline(code="WAVEBTC", **fields):
    body = {
        "interval": "Min1",
        "windowStart": 1_789_999_980,
        "openingPrice": "0.0000409",
        "closingPrice": "0.0000412",
        "highestPrice": "0.0000414",
        "lowestPrice": "0.0000408",
        "volume": "77.5",
        "amount": "0.00318",
        "windowEnd": 1_790_000_040,
    } | fields
    wrapped = {"channel": KLINE.format(code), "symbol": code, "symbolId": "0f" * 16, "createTime": MS}
    return PushDataV3ApiWrapper(**wrapped, publicSpotKline=PublicSpotKlineV3Api(**body)).SerializeToString()


def row(symbol="WAVEBTC", **fields):
    body = {"symbol": symbol, "price": "0.0000412", "rate": "-0.0125", "volume": "3.75", "quantity": "91020.5"} | fields
    return PublicMiniTickerV3Api(**body)


def minis(*rows):
    return push(MINIS, publicMiniTickers=PublicMiniTickersV3Api(items=rows))


FRAMES = [
    deals(deal(), deal(side=2, quantity="0.5"), deal()),
    deals(deal(tradeId="790000000000153X1")),
    limit([("0.0000411", "310.5"), ("0.000041", "20")], [("0.0000413", "95.1"), ("0.0000415", "7")]),
    top(),
    kline(),
    minis(row("1INCHETH", price="0.0001"), row(), row("BTC3LUSDT", price="")),
    change(5121, 5130, bids=[("0.0000411", "0")]),
    '{"id":1,"code":0,"msg":"spot@public.kline.v3.api.pb@WAVEBTC@Min1,spot@public.miniTickers.v3.api.pb@24H"}',
    """{"id":1,"code":0,"msg":"Not Subscribed successfully! [spot@public.miniTicker.v3.api@24H]. Reason: Blocked!"}""",
    '{"id":0,"code":0,"msg":"PONG"}',
    '{"id":0,"code":0,"msg":"msg format invalid"}',
    "Invalid listen key",
]
BODIES = [
    """{"timezone":"CST","serverTime":1790000000153,"symbols":[
        {"symbol":"WAVEBTC","status":"1","baseAsset":"WAVE","quoteAsset":"BTC","fullName":"Wave","tradeSideType":1},
        {"symbol":"REEFUSDT","status":"2","baseAsset":"REEF","quoteAsset":"USDT","fullName":"Reef","tradeSideType":3}]}""",
    """[{"symbol":"WAVEBTC","priceChangePercent":"0.0125","lastPrice":"0.0000412","bidPrice":"0.0000411","bidQty":"",
         "volume":"91020.5","quoteVolume":null,"openTime":1789913600153,"closeTime":1790000000153,"count":null}]""",
    """[{"id":null,"price":"0.0000412","qty":"40.25","quoteQty":"0.00165","time":1790000000112,"isBuyerMaker":false,
         "isBestMatch":true,"tradeType":"BID"},
        {"id":null,"price":"0.0000411","qty":"2","quoteQty":"0.00008","time":1790000000100,"isBuyerMaker":true,
         "isBestMatch":true,"tradeType":"ASK"}]""",
    """[[1789999920000,"0.0000408","0.000041","0.0000408","0.0000409","41.25",1789999980000,"0.00168"],
        [1789999980000,"0.0000409","0.0000414","0.0000408","0.0000412","77.5",1790000040000,"0.00318"]]""",
    """{"lastUpdateId":5120,"bids":[["0.0000411","310.5"]],"asks":[["0.0000413","95.1"]]}""",
    """{"code":-1121,"msg":"Invalid symbol."}""",
]
FETCHED = {"depth WAVEBTC": BODIES[4]}
BROKEN_SEQUENCE = [
    change(5120, 5121, bids=[("0.0000411", "12")]),
    change(5122, 5124, asks=[("0.0000413", "0"), ("0.0000414", "3")]),
    change(5126, 5126, bids=[("0.0000411", "14")]),
    change(5127, 5127),
]
"""Differences, which come with `format = "aggre"`: the message of 5125 is missing."""
