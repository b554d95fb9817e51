"""The garbage collector of a process that makes thousands of values a second."""

import gc
import subprocess
import sys


def test_values_are_looked_at_seldom_and_circles_are_still_found():
    # Promise: after `relax` the young generation is larger, what was there is frozen, and garbage is still garbage.
    script = """
import gc, weakref
from scanner.actors.collector import YOUNG, relax
relax()
class Node: pass
node = Node()
node.self = node
gone = weakref.ref(node)
del node
kept = [[] for _ in range(3 * YOUNG)]
print(gc.get_threshold()[0] == YOUNG, gc.get_freeze_count() > 1000, gone() is None)
"""
    before = gc.get_freeze_count(), gc.get_threshold()
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.split() == ["True", "True", "True"]
    assert (gc.get_freeze_count(), gc.get_threshold()) == before
