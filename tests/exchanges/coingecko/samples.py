"""What CoinGecko answers, as it writes it, and its ways to say no; the values are made up."""

GLOBAL = (
    '{"data":{"active_cryptocurrencies":17210,"upcoming_icos":0,"ongoing_icos":48,"ended_icos":3375,"markets":1402,'
    '"total_market_cap":{"btc":31250000.5,"eth":1100000000.25,"usd":2500000000000.5,"krw":3550000000000000},'
    '"total_volume":{"btc":1125000.125,"eth":40500000.5,"usd":90000000000.25,"krw":127800000000000},'
    '"market_cap_percentage":{"btc":57.5,"eth":11.25,"usdt":6.5},"market_cap_change_percentage_24h_usd":-1.25,'
    '"volume_change_percentage_24h_usd":12.5,"updated_at":1790000000}}'
)
WAVE = (
    '{"id":"wave-coin","symbol":"wave","name":"Wave Coin","image":"https://coin-images.test/coins/7/large/wave.png",'
    '"current_price":0.8125,"market_cap":812500000,"market_cap_rank":77,"fully_diluted_valuation":1625000000,'
    '"total_volume":31250000,"high_24h":0.84,"low_24h":0.8,"price_change_24h":-0.0123,'
    '"price_change_percentage_24h":-1.5,"market_cap_change_24h":-12500000.5,"market_cap_change_percentage_24h":-1.5,'
    '"circulating_supply":1000000000.0,"total_supply":2000000000.0,"max_supply":null,"ath":9.5,'
    '"ath_change_percentage":-91.4,"ath_date":"2025-01-17T08:00:00.500Z","atl":0.01,"atl_change_percentage":8025.0,'
    '"atl_date":"2020-03-13T00:00:00.000Z","roi":{"times":3.5,"currency":"usd","percentage":350.0},'
    '"last_updated":"2026-09-21T14:13:20.125Z","price_change_percentage_1h_in_currency":0.25,'
    '"price_change_percentage_24h_in_currency":-1.5,"price_change_percentage_7d_in_currency":12.5}'
)
NAMELESS = (
    '{"id":"bridged-wave","symbol":"wave","name":"Bridged Wave","image":null,"current_price":null,"market_cap":null,'
    '"market_cap_rank":null,"fully_diluted_valuation":null,"total_volume":null,"high_24h":null,"low_24h":null,'
    '"price_change_24h":null,"price_change_percentage_24h":null,"market_cap_change_24h":null,'
    '"market_cap_change_percentage_24h":null,"circulating_supply":null,"total_supply":null,"max_supply":null,"ath":null,'
    '"ath_change_percentage":null,"ath_date":null,"atl":null,"atl_change_percentage":null,"atl_date":null,"roi":null,'
    '"last_updated":null,"price_change_percentage_1h_in_currency":null,"price_change_percentage_24h_in_currency":null,'
    '"price_change_percentage_7d_in_currency":null}'
)
"""The same symbol again, and null wherever null may be."""
DUST = WAVE.replace("wave", "dust").replace("0.8125", "1.3e-11").replace('"market_cap":812500000', '"market_cap":0')
TOP = f"[{WAVE},{NAMELESS},{DUST}]"

TRENDING = (
    '{"coins":[{"item":{"id":"wave-coin","coin_id":7001,"name":"Wave Coin","symbol":"WAVE","market_cap_rank":77,'
    '"thumb":"https://coin-images.test/7/thumb.png","small":"https://coin-images.test/7/small.png",'
    '"large":"https://coin-images.test/7/large.png","slug":"wave-coin","price_btc":1.015625e-05,"score":0,'
    '"data":{"price":0.8125,"price_btc":"0.00001015625","price_change_percentage_24h":{"usd":-1.5,"btc":-0.25},'
    '"market_cap":"$812,500,000","market_cap_btc":"10156.25","total_volume":"$31,250,000",'
    '"total_volume_btc":"390.625","sparkline":"https://data.test/7/sparkline.svg",'
    '"content":{"title":"What is Wave?","description":"A coin."}}}},'
    '{"item":{"id":"fresh","coin_id":7002,"name":"Fresh","symbol":"fresh","market_cap_rank":null,"slug":"fresh",'
    '"price_btc":1e-11,"score":1,"data":{"price":8.1e-07,"price_change_percentage_24h":{"usd":312.5},"content":null}}},'
    '{"item":{"id":"bare","coin_id":7003,"name":"Bare","symbol":"BARE","market_cap_rank":900,"score":2}}],'
    '"nfts":[{"id":"waves","name":"Waves","symbol":"WAVES","nft_contract_id":71,"native_currency_symbol":"eth",'
    '"floor_price_in_native_currency":1.5,"floor_price_24h_percentage_change":2.5,"data":{"floor_price":"1.50 ETH",'
    '"floor_price_in_usd_24h_percentage_change":"2.5","h24_volume":"3.00 ETH","content":null}}],'
    '"categories":[{"id":17,"name":"Water","slug":"water","coins_count":"12","market_cap_1h_change":0.125,'
    '"data":{"market_cap":1625000000.5,"total_volume":62500000.25,"market_cap_change_percentage_24h":{"usd":0.5}}}]}'
)

TOO_OFTEN = '{"status":{"error_code":429,"error_message":"Slow down, please."}}'
NO_KEY = (
    '{"status":{"timestamp":"2026-09-21T14:13:20.125+00:00","error_code":10002,'
    '"error_message":"There is no key in this request."}}'
)
WRONG_PLACE = (
    '{"timestamp":"2026-09-21T14:13:20.125+00:00","error_code":10011,'
    '"status":{"error_message":"This key is for another address."}}'
)
NO_SUCH_COIN = '{"error":"no coin of that name"}'
PAGE = "<!DOCTYPE html>\n<html><head><title>Too many requests</title></head><body>Try later.</body></html>"

FRAMES: list[str | bytes] = []
"""It has no socket."""
BODIES = [GLOBAL, TOP, TRENDING, TOO_OFTEN, NO_KEY, WRONG_PLACE, NO_SUCH_COIN, PAGE]
