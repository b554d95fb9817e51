"""A row of detectors that is shown a stream, and somebody to ask it."""

from scanner.detectors.explaining import Explainer
from scanner.detectors.registry import DETECTORS, assemble, default_rules
from scanner.detectors.tapes import Tapes


class Heard:
    """What was made of a stream."""

    def __init__(self, events=(), rules=None):
        tapes = Tapes()
        self._row = assemble(default_rules(DETECTORS) if rules is None else rules, DETECTORS, tapes)
        self.explainer = Explainer(self._row, tapes)
        self.signals = [signal for event in events for signal in self.show(event)]

    def show(self, event):
        """The signals that it brings."""
        seeing = (detector for detector in self._row if type(event) in detector.wants)
        return [signal for detector in seeing for signal in detector.see(event)]


def numbers(condition):
    """Check → (value, asked, met)."""
    return {check.name: (check.value, check.asked, check.met) for check in condition.checks}
