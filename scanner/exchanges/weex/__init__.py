"""WEEX, spot and perpetual contracts: the third version of its protocol, the only one that still answers."""
