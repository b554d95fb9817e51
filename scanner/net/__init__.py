"""The socket side of a venue: WebSocket and HTTP, with every failure named."""
