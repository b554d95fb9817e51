"""Whatever was told has arrived in the end, whenever the main process was killed."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import trio

from tests.sinks.receiver import HookReceiver, says

LIVES = Path(__file__).with_name("lives.py")
ROOT = LIVES.parents[2]
KILLS = 200


def told(message):
    """The (story, telling) pairs that a message tells."""
    data = message["data"]
    return [(each["id"], message["type"]) for each in data.get("alerts", [data])]


@pytest.mark.timeout(400)
async def test_two_hundred_kills_lose_nothing_and_repeat_only_under_the_same_id(tmp_path):
    """What was printed was safe before, so it arrives; what arrives twice has one webhook-id, and one body."""
    hook = HookReceiver(says("HTTP/1.1 204 No Content\n\n"))
    async with trio.open_nursery() as nursery:
        await nursery.start(hook.run)
        url = f"http://127.0.0.1:{hook.port}/hook"
        command = [sys.executable, str(LIVES), str(tmp_path), url, str(KILLS), "7"]
        lives = await trio.run_process(
            command, capture_stdout=True, capture_stderr=True, check=False, env={"PYTHONPATH": str(ROOT)}
        )
        nursery.cancel_scope.cancel()
    assert lives.returncode == 0, lives.stderr.decode()[-3000:]

    printed = {pair for line in lives.stdout.splitlines() if (message := _read(line)) for pair in told(message)}
    bodies, arrivals = {}, Counter()
    for _, headers, body in hook.requests:
        bodies.setdefault(headers["webhook-id"], set()).add(body)
        message = json.loads(body)
        for story, _ in told(message):
            arrivals[story, headers["webhook-id"]] += 1
    arrived = {story for story, _ in arrivals}
    assert len(printed) > KILLS  # the lives were long enough to tell something
    assert {story for story, _ in printed} - arrived == set()
    assert all(len(versions) == 1 for versions in bodies.values())
    assert len(arrived) == len(arrivals)  # each story came under one id only


def _read(line):
    """None for a line that a kill cut off."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def test_the_lives_are_real(tmp_path):
    """A life that ends by itself is told, and not taken for one that was killed."""
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    command = [sys.executable, str(LIVES), str(nowhere), "http://127.0.0.1:9/", "1", "7"]
    lives = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, check=False)
    assert lives.returncode != 0
