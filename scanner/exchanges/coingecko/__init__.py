"""CoinGecko: no market of its own, but the whole world's in a few numbers, asked for now and then."""
