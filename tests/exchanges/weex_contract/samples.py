"""What WEEX's house of contracts sends about WAVE/USDT:USDT on an ordinary day, with values of our own."""

TICKER = (
    '{"e":"ticker","E":1790000000160,"s":"WAVEUSDT","d":[{"p":"0.012","P":"0.015","w":"0.805","c":"0.8120","o":"0.8000",'
    '"h":"0.8200","l":"0.7800","v":"12345.5","q":"9876.25","O":1789913400000,"C":1789999800000,"n":4321,"m":"0.8121",'
    '"i":"0.81195"}]}'
)
TRADES = (
    '{"e":"trade","E":1790000000131,"s":"WAVEUSDT","d":[{"T":1790000000112,"t":"0b6f0c4e-52f1-4f0a-9a53-6d1f3c2f7a10",'
    '"p":"0.8120","q":"40","v":"32.4800","m":false}]}'
)
BOOK = (
    '{"e":"depthSnapshot","E":1790000000100,"s":"WAVEUSDT","U":16001,"u":16009,"l":15,"d":"SNAPSHOT",'
    '"b":[["0.8110","45"]],"a":[["0.8130","105"]]}'
)
CHANGE = (
    '{"e":"depth","E":1790000000600,"s":"WAVEUSDT","U":16009,"u":16012,"l":15,"d":"CHANGED",'
    '"b":[["0.8110","0"],["0.8100","3"]],"a":[["0.8130","0"],["0.8120","9"]]}'
)
CANDLE = (
    '{"e":"kline","E":1790000000112,"s":"WAVEUSDT","p":"LAST_PRICE","d":[{"t":1789999980000,"T":1790000040000,'
    '"s":"WAVEUSDT","i":"1m","o":"0.8100","c":"0.8120","h":"0.8130","l":"0.8090","v":"77","n":12,"q":"62.55","V":"40",'
    '"Q":"32.48"}]}'
)
NO = '{"result":false,"id":3,"msg":"INVALID_ARGUMENT: invalid symbol : cmt_waveusdt"}'

FRAMES = [
    '{"cid":"5f0e2a91-7c44-4d1b-9a8e-3b6d20c7e915","event":"connected","time":"1790000000003"}',
    '{"result":true,"id":3}',
    BOOK,
    CHANGE,
    TICKER,
    TRADES,
    CANDLE,
    '{"event":"ping","time":"1790000060000"}',
    NO,
]
BROKEN_SEQUENCE = [BOOK, CHANGE, CHANGE.replace('"U":16009,"u":16012', '"U":16015,"u":16019')]

MARKETS = (
    '{"assets":[{"asset":"USDT","marginAvailable":true}],"symbols":[{"symbol":"WAVEUSDT","baseAsset":"WAVE",'
    '"quoteAsset":"USDT","marginAsset":"USDT","pricePrecision":4,"quantityPrecision":0,"contractVal":1,'
    '"delivery":["00:00:00","08:00:00","16:00:00"],"minLeverage":1,"maxLeverage":75,"contractType":"PERPETUAL",'
    '"underlyingType":"COIN"},{"symbol":"SHIPUSDT","baseAsset":"SHIP","quoteAsset":"USDT","marginAsset":"USDT",'
    '"contractType":"TRADIFI_PERPETUAL","underlyingType":"STOCK"}]}'
)
TICKERS = (
    '[{"symbol":"WAVEUSDT","priceChange":"0.0120","priceChangePercent":"0.015","lastPrice":"0.8120","openPrice":"0.8000",'
    '"highPrice":"0.8200","lowPrice":"0.7800","volume":"12345","quoteVolume":"9876.25","openTime":1789913400000,'
    '"closeTime":1789999800000,"markPrice":"0.8121","indexPrice":"0.81195"}]'
)
RECENT = (
    '[{"id":"0b6f0c4e-52f1-4f0a-9a53-6d1f3c2f7a10","time":1790000000112,"price":"0.8120","qty":"40","quoteQty":"32.48",'
    '"isBestMatch":true,"isBuyerMaker":false}]'
)
PAST_CANDLES = (
    '[[1789999920000,"0.8090","0.8110","0.8085","0.8100","41",1789999980000,"33.21",9,"10","8.10"],'
    '[1789999980000,"0.8100","0.8130","0.8090","0.8120","77",1790000040000,"62.55",12,"40","32.48"]]'
)
BODIES = [MARKETS, TICKERS, RECENT, PAST_CANDLES, """{"code":-1142,"msg":"Parameter 'symbol' is invalid."}"""]
