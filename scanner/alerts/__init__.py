"""From signals to alerts in somebody's hands: engine, episodes, routing, delivery."""
