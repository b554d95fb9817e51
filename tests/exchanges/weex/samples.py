"""What WEEX's spot house sends about WAVE/BTC on an ordinary day, with values of our own."""

GREETING = '{"cid":"5f0e2a91-7c44-4d1b-9a8e-3b6d20c7e915","event":"connected","time":"1790000000003"}'
TICKER = (
    '{"e":"ticker","E":1790000000160,"s":"WAVEBTC","d":[{"p":"0.00000012","P":"0.014993","w":"0.00000805","c":"0.00000812",'
    '"o":"0.00000800","h":"0.00000820","l":"0.00000780","v":"12345.5","q":"0.0987","O":1789913400000,"C":1789999800000,'
    '"n":4321}]}'
)
TOP = (
    '{"e":"bookTicker","E":1790000000120,"s":"WAVEBTC","u":7012,"b":"0.00000811","B":"40.5","a":"0.00000813",'
    '"A":"12.25"}'
)
TRADES = (
    '{"e":"trade","E":1790000000131,"s":"WAVEBTC","d":[{"T":1790000000112,"t":"0b6f0c4e-52f1-4f0a-9a53-6d1f3c2f7a10",'
    '"p":"0.00000812","q":"40.25","v":"0.00032683","m":false},{"T":1790000000098,'
    '"t":"e1c9d0a2-77b5-4c1c-8f0e-1a2b3c4d5e6f","p":"0.00000811","q":"3","v":"0.00002433","m":true}]}'
)
PAST_TRADES = TRADES.replace('"trade"', '"tradeSnapshot"')
BOOK = (
    '{"e":"depthSnapshot","E":1790000000100,"s":"WAVEBTC","U":7001,"u":7009,"l":15,"d":"SNAPSHOT",'
    '"b":[["0.00000811","4.5"],["0.00000810","20"]],"a":[["0.00000813","10.5"],["0.00000814","7"]]}'
)
CHANGE = (
    '{"e":"depth","E":1790000000600,"s":"WAVEBTC","U":7009,"u":7012,"l":15,"d":"CHANGED",'
    '"b":[["0.00000811","0"],["0.00000809","3.25"]],"a":[["0.00000813","9"]]}'
)
AFTER_A_HOLE = CHANGE.replace('"U":7009,"u":7012', '"U":7015,"u":7019')
NO_MORE = '{"e":"depthSnapshot","E":1790000000100,"s":"WAVEBTC","U":0,"u":0,"l":15,"d":"SNAPSHOT","b":[],"a":[]}'
CANDLE = (
    '{"e":"kline","E":1790000000112,"s":"WAVEBTC","p":"LAST_PRICE","d":[{"t":1789999980000,"T":1790000040000,'
    '"s":"WAVEBTC","i":"1m","o":"0.00000810","c":"0.00000812","h":"0.00000813","l":"0.00000809","v":"77.5","n":12,'
    '"q":"0.00062900","V":"40.25","Q":"0.00032683"}]}'
)
FIRST_CANDLE = CANDLE.replace('"kline"', '"klineSnapshot"')
PING = '{"event":"ping","time":"1790000060000"}'
OTHER_PING = '{"type":"ping","time":"1790000060000"}'
YES = '{"result":true,"id":3}'
PING_ANSWERED = '{"result":true,"id":1}'
PONG_ANSWERED = '{"id":"2","method":"PONG"}'
NO = '{"result":false,"id":3,"msg":"INVALID_ARGUMENT: invalid symbol : WAVEBTC_SPBL"}'
NO_TO_NOBODY = '{"result":false,"msg":"INVALID_ARGUMENT: unrecognized message : hello"}'

FRAMES = [
    GREETING,
    BOOK,  # before the answer, as happens
    YES,
    CHANGE,
    TICKER,
    TOP,
    PAST_TRADES,
    TRADES,
    FIRST_CANDLE,
    CANDLE,
    PING,
    OTHER_PING,
    PING_ANSWERED,
    PONG_ANSWERED,
    NO,
    NO_TO_NOBODY,
    NO_MORE,
]
BROKEN_SEQUENCE = [BOOK, CHANGE, AFTER_A_HOLE, AFTER_A_HOLE.replace("7019", "7020").replace("7015", "7019")]

MARKETS = (
    '{"timezone":"UTC","serverTime":1790000000123,"symbols":[{"symbol":"WAVEBTC","status":"TRADING","baseAsset":"WAVE",'
    '"baseAssetPrecision":8,"quoteAsset":"BTC","quoteAssetPrecision":8,"minTradeAmount":"1","maxTradeAmount":"90000",'
    '"takerFeeRate":"0.001","makerFeeRate":"0.001","buyLimitPriceRatio":"0.1","enableTrade":true,"enableDisplay":true,'
    '"displayDigitMerge":"1,0.1","displayNew":false,"displayHot":true},{"symbol":"REEFUSDT","status":"TRADING",'
    '"baseAsset":"REEF","quoteAsset":"USDT","enableTrade":false,"enableDisplay":true},{"symbol":"海龟USDT",'
    '"status":"HALT","baseAsset":"海龟","quoteAsset":"USDT","enableTrade":true}]}'
)
TICKERS = (
    '[{"symbol":"WAVEBTC","priceChange":"0.00000012","priceChangePercent":"0.014993","lastPrice":"0.00000812",'
    '"bidPrice":"0.00000811","bidQty":"40.5","askPrice":"0.00000813","askQty":"12.25","openPrice":"0.00000800",'
    '"highPrice":"0.00000820","lowPrice":"0.00000780","volume":"12345.5","quoteVolume":"0.0987",'
    '"openTime":1789913400000,"closeTime":1789999800000,"count":4321}]'
)
RECENT = (
    '[{"id":"0b6f0c4e-52f1-4f0a-9a53-6d1f3c2f7a10","price":"0.00000812","qty":"40.25","quoteQty":"0.00032683",'
    '"time":1790000000112,"isBuyerMaker":false,"isBestMatch":true},{"id":"e1c9d0a2-77b5-4c1c-8f0e-1a2b3c4d5e6f",'
    '"price":"0.00000811","qty":"3","quoteQty":"0.00002433","time":1790000000098,"isBuyerMaker":true,"isBestMatch":true}]'
)
PAST_CANDLES = (
    '[[1789999920000,"0.00000809","0.00000811","0.00000808","0.00000810","41.25",1789999979999,"0.000334",9,"10","0.000081"],'
    '[1789999980000,"0.00000810","0.00000813","0.00000809","0.00000812","77.5",1790000039999,"0.000629",12,"40.25",'
    '"0.00032683"]]'
)
ERROR = """{"code":-1142,"msg":"Parameter 'symbol' is invalid."}"""
BODIES = [MARKETS, TICKERS, RECENT, PAST_CANDLES, ERROR]
