"""OKX v5 (spot): every stream is one channel of one instrument, and books come as changes with numbers."""
