"""Binance: its spot markets, and its USD-M perpetuals as a venue of their own."""
