"""MEXC (spot): a socket that speaks protobuf."""
