"""Upbit's ordinary frames and answers, to be bent out of shape by the conformance suite."""

FRAMES = [
    """{"ty":"trade","cd":"BTC-WAVE","tms":1790000000153,"ttms":1790000000112,"tp":8.5e-7,"tv":40.25,"ab":"BID",
        "sid":17900000001120003,"st":"REALTIME"}""",
    """{"type":"trade","code":"BTC-WAVE","trade_timestamp":1790000000112,"trade_price":9,"trade_volume":1.5e-7,
        "ask_bid":"ASK","sequential_id":"17900000001120003","stream_type":"REALTIME"}""",
    """{"ty":"orderbook","cd":"BTC-WAVE","tms":1790000000100,"obu":[{"ap":8.6e-7,"bp":8.5e-7,"as":10.5,"bs":4},
        {"ap":8.7e-7,"bp":8.4e-7,"as":20,"bs":0}],"st":"SNAPSHOT"}""",
    """{"ty":"ticker","cd":"BTC-WAVE","tp":8.5e-7,"tms":1790000000160,"atp24h":7.25,"atv24h":12345.5}""",
    """{"ty":"candle.1m","cd":"BTC-WAVE","cdttmu":"2026-09-21T14:13:00","op":8e-7,"hp":9e-7,"lp":7.5e-7,"tp":8.5e-7,
        "catv":77.5,"catp":0.0625}""",
    b"""[{"ty":"trade","cd":"BTC-WAVE","ttms":1790000000112,"tp":8.5e-7,"tv":1,"ab":"BID","sid":1,"st":"REALTIME"},
         {"status":"UP"}]""",
    """{"status":"UP"}""",
    """{"error":{"name":"NO_CODES","message":"codes 필드가 비어 있습니다."}}""",
    """{"method":"LIST_SUBSCRIPTIONS","result":[{"type":"trade","codes":["BTC-WAVE"]}],"ticket":"t"}""",
    "Too many API requests.",
]

BODIES = [
    """[{"market":"BTC-WAVE","korean_name":"파도","english_name":"Wave",
         "market_event":{"warning":false,"caution":{"PRICE_FLUCTUATIONS":true}}}]""",
    """[{"market":"BTC-WAVE","trade_price":8.5e-7,"acc_trade_price_24h":9,"acc_trade_volume_24h":8,
         "trade_date":"20260921","trade_time":"141320","trade_timestamp":1790000000112,"timestamp":1790000000160}]""",
    """[{"market":"BTC-WAVE","timestamp":1790000000150,"trade_price":8.5e-7,"trade_volume":3.5,"ask_bid":"ASK",
         "sequential_id":17900000001500000},
        {"market":"BTC-WAVE","timestamp":1790000000112,"trade_price":8.6e-7,"trade_volume":4,"ask_bid":"BID",
         "sequential_id":17900000001120001}]""",
    """{"error":{"name":404,"message":"Code not found"}}""",
]
