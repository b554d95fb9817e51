"""How well the detectors detect: their alerts against labels that they never see."""
