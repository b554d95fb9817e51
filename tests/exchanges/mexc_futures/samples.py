"""Ordinary frames and answers of MEXC's futures, written by us with values of our own; the contract is ten coins."""

FRAMES = [
    """{"channel":"push.tickers","data":[{"symbol":"WAVE_USD1","lastPrice":0.5825,"riseFallRate":-0.0125,
        "volume24":91020,"amount24":5.3019E+4,"maxBidPrice":0.6407,"minAskPrice":0.5242,"timestamp":1790000000112},
        {"symbol":"REEF_USDT","lastPrice":2.5}],"ts":1790000000153}""",
    """{"symbol":"WAVE_USD1","data":[{"p":0.5825,"v":4,"T":1,"O":3,"M":2,"t":1790000000112},
        {"p":0.5824,"v":1,"T":2,"O":1,"M":2,"t":1790000000112}],"channel":"push.deal","ts":1790000000115}""",
    """{"symbol":"WAVE_USD1","data":{"cts":1790000000140,"asks":[[0.5826,95,2],[0.5828,7,1]],
        "bids":[[0.5825,310,4],[0.5824,20,1]],"version":5120},"channel":"push.depth.full","ts":1790000000153}""",
    """{"symbol":"WAVE_USD1","data":{"p":5.825E-1,"v":4,"T":1,"O":3,"M":2,"t":1790000000112},"channel":"push.deal",
        "ts":1790000000115}""",
    """{"symbol":"WAVE_USD1","channel":"push.kline","data":{"symbol":"WAVE_USD1","interval":"Min1","t":1789999980,
        "o":0.58,"c":0.5825,"h":0.583,"l":0.5795,"ro":0.58,"rc":0.5825,"rh":0.583,"rl":0.5795,"a":628.5,"q":108},
        "ts":1790000000153}""",
    """{"channel":"rs.sub.deal","data":"success","ts":"1790000000150"}""",
    """{"channel":"rs.sub.kline","param":{},"ts":1790000000150}""",
    """{"channel":"rs.error","data":"Contract [NOPE_USDT] not exists","ts":1790000000150}""",
    """{"channel":"rs.error","data":"Contract doesn't exist!","ts":1790000000150}""",
    """{"channel":"pong","data":1790000000153,"ts":1790000000153}""",
    """{"channel":"clientId","data":1790001}""",
]
CONTRACTS = """{"success":true,"code":0,"data":[
    {"symbol":"WAVE_USD1","displayName":"WAVE_USD1 PERPETUAL","baseCoin":"WAVE","quoteCoin":"USD1","settleCoin":"USD1",
     "contractSize":10,"state":0},
    {"symbol":"BTC_USD","baseCoin":"BTC","quoteCoin":"USD","settleCoin":"BTC","contractSize":10,"state":0},
    {"symbol":"REEF_USDT","baseCoin":"REEF","quoteCoin":"USDT","settleCoin":"USDT","contractSize":1E+2,"state":4}]}"""
FETCHED = {"contracts": CONTRACTS}
BODIES = [
    CONTRACTS,
    """{"success":true,"code":0,"data":[{"symbol":"WAVE_USD1","lastPrice":0.5825,"bid1":0.5825,"ask1":0.5826,
        "volume24":91020,"amount24":53019.25,"timestamp":1790000000112},{"symbol":"REEF_USDT","lastPrice":0}]}""",
    """{"success":false,"code":1001,"message":"Contract not exists"}""",
]
