"""Bithumb's ordinary frames and answers, to be bent out of shape by the conformance suite."""

FRAMES = [
    """{"ty":"trade","cd":"BTC-WAVE","tms":1790000000370,"ttms":1790000000112,"tp":8.5e-7,"tv":40.25,"ab":"BID",
        "sid":"862683813820523001","st":"REALTIME"}""",
    """{"type":"trade","code":"BTC-WAVE","trade_timestamp":1790000000112,"trade_price":9,"trade_volume":1.5e-7,
        "ask_bid":"ASK","sequential_id":921046844841158001,"stream_type":"SNAPSHOT"}""",
    """{"ty":"orderbook","cd":"BTC-WAVE","tms":"1790000000100482","obu":[{"ap":8.6e-7,"bp":8.5e-7,"as":10.5,"bs":4},
        {"ap":8.7e-7,"bp":8.4e-7,"as":0.0000,"bs":5}],"lv":1,"st":"REALTIME"}""",
    b"""{"ty":"ticker","cd":"BTC-WAVE","tp":8.5e-7,"tdt":"20260921","ttm":"231320","tms":1790000000160,"atp24h":7.25,
         "atv24h":12345.5,"dd":""}""",
    """{"status":"UP"}""",
    """{"error":{"name":"WRONG_FORMAT","message":"Format이 맞지 않습니다."}}""",
]

BODIES = [
    """[{"market":"BTC-WAVE","korean_name":"파도","english_name":"Wave","market_warning":"CAUTION"}]""",
    """[{"market":"BTC-WAVE","trade_price":8.5e-7,"acc_trade_price_24h":9,"acc_trade_volume_24h":8,
         "trade_date":"20260921","trade_time":"141320","trade_timestamp":1790032400112,"timestamp":1790032400160}]""",
    """[{"market":"BTC-WAVE","timestamp":1790000000112,"trade_price":8.5e-7,"trade_volume":3.5,"ask_bid":"ASK",
         "sequential_id":17900000001120000},
        {"market":"BTC-WAVE","timestamp":1790000000112,"trade_price":8.6e-7,"trade_volume":4,"ask_bid":"BID",
         "sequential_id":17900000001120000}]""",
    """[{"market":"BTC-WAVE","candle_date_time_utc":"2026-09-21T14:13:00","candle_date_time_kst":"2026-09-21T23:13:00",
         "opening_price":8.5e-7,"high_price":8.6e-7,"low_price":8.5e-7,"trade_price":8.6e-7,"timestamp":1790000000112,
         "candle_acc_trade_price":0.0000034,"candle_acc_trade_volume":4,"unit":1},
        {"market":"BTC-WAVE","candle_date_time_utc":"2026-09-21T14:12:00","candle_date_time_kst":"2026-09-21T23:12:00",
         "opening_price":"8e-7","high_price":9E-7,"low_price":7.5e-7,"trade_price":8.5e-7,"timestamp":1789999970000,
         "candle_acc_trade_price":0.0625,"candle_acc_trade_volume":77.5,"unit":1}]""",
    """{"error":{"name":"400","message":"must be less than or equal to 200 items."}}""",
]
