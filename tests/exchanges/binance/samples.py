"""Binance's ordinary frames and answers, to be bent out of shape by the conformance suite."""


def depth(first, last, bids="", asks=""):
    return (
        '{"stream":"wavears@depth@100ms","data":{"e":"depthUpdate","E":1790000000100512,"s":"WAVEARS",'
        f'"U":{first},"u":{last},"b":[{bids}],"a":[{asks}]}}}}'
    )


FRAMES = [
    """{"stream":"wavears@aggTrade","data":{"e":"aggTrade","E":1790000000153201,"s":"WAVEARS","a":70015234,
        "p":"812.50000000","q":"40.25000000","f":90017601,"l":90017603,"T":1790000000112940,"m":true,"M":true}}""",
    """{"stream":"wavears@bookTicker","data":{"u":7100400,"s":"WAVEARS","b":"812.00000000","B":"4.00000000",
        "a":"813.00000000","A":"10.50000000"}}""",
    depth(7100398, 7100400, '["812.00000000","4.00000000"],["809.00000000","0.00000000"]'),
    depth(7100401, 7100401, asks='["813.00000000","9.50000000"]'),
    """{"stream":"wavears@kline_1m","data":{"e":"kline","E":1790000000153201,"s":"WAVEARS","k":{"t":1789999980000000,
        "T":1790000039999999,"s":"WAVEARS","i":"1m","f":90017590,"L":90017603,"o":"810.00000000","c":"812.50000000",
        "h":"813.00000000","l":"809.50000000","v":"77.50000000","n":14,"x":false,"q":"62900.25000000",
        "V":"30.00000000","Q":"24370.00000000","B":"0"}}}""",
    """{"stream":"!miniTicker@arr","data":[
        {"e":"24hrMiniTicker","E":1790000000160000,"s":"WAVEARS","c":"812.50000000","o":"790.00000000",
         "h":"815.00000000","l":"780.25000000","v":"12345.50000000","q":"9876543.25000000"},
        {"e":"24hrMiniTicker","E":1790000000160000,"s":"波浪USDT","c":"0.00000700","o":"0.00000650",
         "h":"0.00000710","l":"0.00000640","v":"5000000.00000000","q":"34.10000000"}]}""",
    '{"e":"aggTrade","E":1790000000153,"s":"WAVEARS","a":70015235,"p":"9","q":"1.5","T":1790000000112,"m":false,"M":true}',
    '{"result":null,"id":1}',
    '{"code":2,"msg":"Invalid request: invalid stream","id":2}',
    '{"error":{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}}',
    '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1790000000200000}}',
    '{"e":"serverShutdown","E":1790000000200}',
]

SNAPSHOT = """{"lastUpdateId":7100400,"bids":[["812.00000000","4.00000000"],["811.00000000","7.25000000"]],
    "asks":[["813.00000000","10.50000000"],["814.00000000","20.00000000"]]}"""

FETCHED = {"WAVEARS": SNAPSHOT.encode()}

BROKEN_SEQUENCE = [
    depth(7100398, 7100400),
    depth(7100401, 7100402, asks='["813.00000000","9.50000000"]'),
    depth(7100404, 7100404, '["812.00000000","3.00000000"]'),
    depth(7100405, 7100405, '["812.00000000","2.50000000"]'),
]

BODIES = [
    """{"timezone":"UTC","serverTime":1790000000200,"rateLimits":[],"exchangeFilters":[],"symbols":[
        {"symbol":"WAVEARS","status":"TRADING","baseAsset":"WAVE","quoteAsset":"ARS","isSpotTradingAllowed":true,
         "filters":[{"filterType":"PRICE_FILTER","tickSize":"0.50000000"}],"permissions":[]},
        {"symbol":"REEFARS","status":"BREAK","baseAsset":"REEF","quoteAsset":"ARS","isSpotTradingAllowed":true}]}""",
    """[{"symbol":"WAVEARS","openPrice":"790.00000000","highPrice":"815.00000000","lowPrice":"780.25000000",
         "lastPrice":"812.50000000","volume":"12345.50000000","quoteVolume":"9876543.25000000",
         "openTime":1789913600160,"closeTime":1790000000160,"firstId":90000001,"lastId":90017603,"count":17603}]""",
    """[{"a":70015233,"p":"812.00000000","q":"4.00000000","f":90017600,"l":90017600,"T":1790000000050,"m":false,"M":true},
        {"a":70015234,"p":"812.50000000","q":"40.25000000","f":90017601,"l":90017603,"T":1790000000112,"m":true,
         "M":true}]""",
    '{"code":-1121,"msg":"Invalid symbol."}',
]
