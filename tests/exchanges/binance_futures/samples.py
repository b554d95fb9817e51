"""Ordinary frames and answers of Binance's perpetuals, to be bent out of shape by the conformance suite."""

FRAMES = [
    """{"stream":"waveusdc@aggTrade","data":{"e":"aggTrade","E":1790000000153,"a":20015234,"s":"WAVEUSDC","p":"0.81250",
        "q":"40","nq":"40","f":40017601,"l":40017603,"T":1790000000112,"m":true,"st":1}}""",
    """{"stream":"waveusdc@bookTicker","data":{"e":"bookTicker","u":600400,"s":"WAVEUSDC","b":"0.81200","B":"4",
        "a":"0.81300","A":"10","T":1790000000110,"E":1790000000115}}""",
    """{"stream":"waveusdc@kline_1m","data":{"e":"kline","E":1790000000153,"s":"WAVEUSDC","k":{"t":1789999980000,
        "T":1790000039999,"s":"WAVEUSDC","i":"1m","f":40017590,"L":40017603,"o":"0.81000","c":"0.81250","h":"0.81300",
        "l":"0.80950","v":"77","n":14,"x":false,"q":"62.90025","V":"30","Q":"24.37000","B":"0"}}}""",
    """{"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker","E":1790000000160,"s":"WAVEUSDC","c":"0.81250",
        "o":"0.79000","h":"0.81500","l":"0.78025","v":"12345","q":"9876.54325"}]}""",
    '{"e":"bookTicker","u":600401,"s":"WAVEUSDC","b":"0.81200","B":"3","a":"0.81300","A":"9","T":1790000000210}',
    '{"result":null,"id":1}',
    '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":2}',
]

BODIES = [
    """{"timezone":"UTC","serverTime":1790000000200,"rateLimits":[],"symbols":[
        {"symbol":"WAVEUSDC","pair":"WAVEUSDC","contractType":"PERPETUAL","status":"TRADING","baseAsset":"WAVE",
         "quoteAsset":"USDC","marginAsset":"USDC"},
        {"symbol":"WAVEUSDC_261225","pair":"WAVEUSDC","contractType":"CURRENT_QUARTER","status":"TRADING",
         "baseAsset":"WAVE","quoteAsset":"USDC","marginAsset":"USDC"}]}""",
    """[{"symbol":"WAVEUSDC","priceChange":"0.02250","lastPrice":"0.81250","lastQty":"4","openPrice":"0.79000",
         "volume":"12345","quoteVolume":"9876.54325","openTime":1789913600160,"closeTime":1790000000160,"count":90}]""",
    """[{"a":20015233,"p":"0.81200","q":"4","f":40017600,"l":40017600,"T":1790000000050,"m":false},
        {"a":20015234,"p":"0.81250","q":"40","f":40017601,"l":40017603,"T":1790000000112,"m":true}]""",
    """[[1789999920000,"0.80900","0.81100","0.80850","0.81000","41",1789999979999,"33.21000",9,"10","8.10000","0"],
        [1789999980000,"0.81000","0.81300","0.80950","0.81250","77",1790000039999,"62.90025",14,"30","24.37000","0"]]""",
    '{"code":-1121,"msg":"Invalid symbol."}',
]
