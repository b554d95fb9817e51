"""OKX's ordinary frames and answers, to be bent out of shape by the conformance suite."""


def book(action, previous, number, bids="", asks=""):
    return (
        f'{{"arg":{{"channel":"books","instId":"WAVE-BTC"}},"action":"{action}","data":[{{"asks":[{asks}],'
        f'"bids":[{bids}],"ts":"1790000000100","checksum":0,"prevSeqId":{previous},"seqId":{number}}}]}}'
    )


BIDS = '["812","4","0","2"],["811","7.25","0","1"]'
ASKS = '["813","10.5","0","3"],["814","20","0","1"]'

FRAMES = [
    "pong",
    """{"id":"s1","event":"subscribe","arg":{"channel":"tickers","instId":"WAVE-BTC"},"connId":"5be1f07c"}""",
    """{"id":"u1","event":"unsubscribe","arg":{"channel":"trades","instId":"WAVE-BTC"},"connId":"5be1f07c"}""",
    """{"arg":{"channel":"tickers","instId":"WAVE-BTC"},"data":[{"instType":"SPOT","instId":"WAVE-BTC","last":"812.5",
        "lastSz":"40.25","askPx":"813","askSz":"10.5","bidPx":"812","bidSz":"4","open24h":"790","high24h":"815",
        "low24h":"780.25","sodUtc0":"795","sodUtc8":"801","volCcy24h":"9876543.25","vol24h":"12345.5",
        "ts":"1790000000160"}]}""",
    """{"arg":{"channel":"tickers","instId":"WAVE-BTC"},"data":[{"instType":"SPOT","instId":"WAVE-BTC","last":"",
        "lastSz":"0","askPx":"","askSz":"","bidPx":"","bidSz":"","open24h":"","high24h":"","low24h":"","sodUtc0":"",
        "sodUtc8":"","volCcy24h":"0","vol24h":"0","ts":"1790000000160"}]}""",
    """{"arg":{"channel":"trades","instId":"WAVE-BTC"},"data":[{"instId":"WAVE-BTC","tradeId":"70015234","px":"812.5",
        "sz":"40.25","side":"buy","ts":"1790000000112","count":"3","source":"0","seqId":5531207}]}""",
    book("snapshot", -1, 5531207, BIDS, ASKS),
    book("update", 5531207, 5531219, '["812","5.5","0","2"]', '["813","0","0","0"]'),
    book("update", 5531219, 5531219),
    """{"arg":{"channel":"books5","instId":"WAVE-BTC"},"data":[{"asks":[["813","10.5","0","3"]],
        "bids":[["812","4","0","2"]],"instId":"WAVE-BTC","ts":"1790000000100","seqId":5531207}]}""",
    """{"arg":{"channel":"bbo-tbt","instId":"WAVE-BTC"},"data":[{"asks":[["813","10.5","0","3"]],
        "bids":[["812","4","0","2"]],"ts":"1790000000100","seqId":5531207}]}""",
    """{"arg":{"channel":"candle1m","instId":"WAVE-BTC"},"data":[
        ["1789999920000","809","811","808.5","810","41.25","33400.5","33400.5","1"],
        ["1789999980000","810","813","809.5","812.5","77.5","62900.25","62900.25","0"]]}""",
    """{"id":"s1","event":"error","code":"60018","msg":"Wrong URL or channel:trades,instId:WAVE-BTC doesn't exist.",
        "connId":"5be1f07c"}""",
    """{"event":"error","code":"60012","msg":"Invalid request: {}","connId":"5be1f07c"}""",
    """{"event":"error","code":"60014","msg":"Requests too frequent","connId":"5be1f07c"}""",
    """{"event":"notice","code":"64008","msg":"Closing soon, reconnect please.","connId":"5be1f07c"}""",
]

BROKEN_SEQUENCE = [
    book("snapshot", -1, 5531207, BIDS, ASKS),
    book("update", 5531207, 5531219, '["812","5.5","0","2"]'),
    book("update", 5531230, 5531244, '["812","6","0","2"]'),
    book("update", 5531244, 5531250, '["812","6.5","0","2"]'),
]

BODIES = [
    """{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"WAVE-BTC","baseCcy":"WAVE","quoteCcy":"BTC",
        "state":"live","listTime":"1606468572000","expTime":"","tickSz":"0.5","lotSz":"0.01","instCategory":"1"},
        {"instType":"SPOT","instId":"REEF-BTC","baseCcy":"REEF","quoteCcy":"BTC","state":"suspend",
         "expTime":"1790600000000","instCategory":"1"},
        {"instType":"SPOT","instId":"ACMEX-BTC","baseCcy":"ACMEX","quoteCcy":"BTC","state":"live","expTime":"",
         "instCategory":"3"}]}""",
    """{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"WAVE-BTC","last":"812.5","lastSz":"40.25",
        "askPx":"813","askSz":"10.5","bidPx":"812","bidSz":"4","open24h":"790","high24h":"815","low24h":"780.25",
        "sodUtc0":"795","sodUtc8":"801","volCcy24h":"9876543.25","vol24h":"12345.5","ts":"1790000000160"}]}""",
    """{"code":"0","msg":"","data":[
        {"instId":"WAVE-BTC","tradeId":"70015234","px":"812.5","sz":"40.25","side":"buy","ts":"1790000000112",
         "source":"0"},
        {"instId":"WAVE-BTC","tradeId":"70015233","px":"812.5","sz":"0.1","side":"buy","ts":"1790000000112",
         "source":"0"},
        {"instId":"WAVE-BTC","tradeId":"70015232","px":"812","sz":"4","side":"sell","ts":"1790000000050",
         "source":"0"}]}""",
    """{"code":"0","msg":"","data":[
        ["1789999980000","810","813","809.5","812.5","77.5","62900.25","62900.25","0"],
        ["1789999920000","809","811","808.5","810","41.25","33400.5","33400.5","1"],
        ["1789999860000","809","809","809","809","0","0","0","1"]]}""",
    '{"code":"50011","msg":"Too Many Requests","data":[]}',
]
