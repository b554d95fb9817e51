"""From signals to what is told and to whom: engine, episodes, routes, silences, troubles. All of it is pure."""
