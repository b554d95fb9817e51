"""MEXC (perpetuals): another socket than spot, with another protocol, in JSON."""
