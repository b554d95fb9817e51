"""Bytes and values for the pipes between processes; knows neither pipe nor socket."""
