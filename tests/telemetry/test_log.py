"""Logging never waits and never fails; trouble that repeats is said seldom; nothing that was left out is forgotten."""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
import structlog

from scanner.telemetry import log, stream
from scanner.telemetry.log import Seldom
from scanner.telemetry.stream import Outbox

PATIENCE_S = 60


class Logger:
    """Keeps what it is told."""

    def __init__(self):
        self.lines = []

    def warning(self, event, **facts):
        self.lines.append((event, facts))


def test_each_kind_of_trouble_is_said_once_in_a_while_and_counts_what_was_left_out():
    """Ten seconds of silence for each event, not for all together."""
    logger, now = Logger(), [0.0]
    seldom = Seldom(logger, lambda: now[0], every_s=10.0)
    for second in (0, 1, 2, 9.9, 10, 11):
        now[0] = second
        seldom.warning("nonsense", sample=second)
    seldom.warning("dropped")
    assert logger.lines == [
        ("nonsense", {"sample": 0, "left_out": 0}),
        ("nonsense", {"sample": 10, "left_out": 3}),
        ("dropped", {"left_out": 0}),
    ]


@pytest.fixture
def pipe():
    """(read, write), closed afterwards; a thread that is stuck in it is freed by that."""
    read, write = os.pipe()
    yield read, write
    for end in (read, write):
        with suppress(OSError):  # closed by the test
            os.close(end)


@pytest.fixture
def configured():
    """structlog as it was, afterwards."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def fill(write):
    """Until nothing more goes in; how many bytes that was."""
    os.set_blocking(write, False)
    size = 0
    try:
        while True:
            size += os.write(write, b" " * 4096)
    except BlockingIOError:
        return size


def read_exactly(read, size):
    received = b""
    while len(received) < size:
        received += os.read(read, size - len(received))
    return received


def test_lines_arrive_in_order(pipe):
    """As they were written, umlauts and lone surrogates included."""
    read, write = pipe
    outbox = Outbox(write)
    for text in ("one\n", "zwölf\n", "\udcff\n"):
        assert outbox.write(text) == len(text)
    assert outbox.flush(PATIENCE_S)
    assert os.read(read, 1000) == "one\nzwölf\n\\udcff\n".encode()


@pytest.mark.parametrize("blocking", [True, False])
def test_a_stuck_reader_costs_the_oldest_lines_and_the_next_line_says_how_many(pipe, monkeypatch, blocking):
    """`write` returns although the pipe is full; what got lost is said where it is missing, then life goes on."""
    monkeypatch.setattr(stream, "WAITING_LINES", 3)
    read, write = pipe
    padding = fill(write)
    os.set_blocking(write, blocking)
    outbox = Outbox(write)
    outbox.write("first\n")
    while outbox._waiting:  # until the thread has taken it and is stuck
        threading.Event().wait(0.01)
    for number in range(5):
        outbox.write(f"{number}\n")
    assert not outbox.flush(0.01)
    read_exactly(read, padding)
    assert outbox.flush(PATIENCE_S)
    outbox.write("later\n")
    assert outbox.flush(PATIENCE_S)
    assert os.read(read, 1000) == b"first\n2 lines lost\n2\n3\n4\nlater\n"


def test_a_reader_that_left_is_no_error(pipe):
    """There is nobody to tell; the thread that writes stays for who may come."""
    read, write = pipe
    os.close(read)
    outbox = Outbox(write)
    for _ in range(3):
        outbox.write("anything\n")
        assert outbox.flush(PATIENCE_S)
    assert outbox._thread.is_alive()


def test_what_a_full_disk_refused_is_counted(tmp_path, monkeypatch):
    """A line that could not be written is a lost line too."""
    answers = iter([OSError(28, "No space left on device")])
    real = os.write

    def write(fd, data):
        for error in answers:
            raise error
        return real(fd, data)

    monkeypatch.setattr(os, "write", write)
    with (tmp_path / "log").open("w") as file:
        outbox = Outbox(file.fileno())
        for text in ("one\n", "two\n"):
            outbox.write(text)
            assert outbox.flush(PATIENCE_S)
    assert (tmp_path / "log").read_text() == "1 lines lost\ntwo\n"


def test_who_captures_stderr_sees_each_line_at_once(capsys, configured):
    """Twice configured is as good as once, and says everything once."""
    log.configure("info", json=True)
    log.configure("info", json=True)
    log.get(actor="test").info("here")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line).items() >= {"event": "here", "actor": "test", "level": "info"}.items()


def test_without_stderr_nothing_is_said_and_nothing_fails(monkeypatch, configured):
    """`2>&-`: Python has no stderr at all then."""
    monkeypatch.setattr(sys, "stderr", None)
    log.configure("info")
    log.get().error("to nobody")
    assert log.flush(0)


def run(code, **streams):
    """A Python of its own that logs; its real stderr is what this is about."""
    return subprocess.run(
        [sys.executable, "-c", f"from scanner.telemetry import log, stream\n{code}"],
        **streams,
        timeout=PATIENCE_S,
        check=False,
    )


def test_all_that_waits_is_said_at_a_normal_exit():
    """However often it was configured: every line once, in order, before the process is gone."""
    code = (
        "log.configure()\nfor n in range(500): log.get().info('a', n=n)\n"
        "log.configure()\nfor n in range(500, 1000): log.get().info('a', n=n)"
    )
    done = run(code, stderr=subprocess.PIPE)
    assert done.returncode == 0
    assert [json.loads(line)["n"] for line in done.stderr.splitlines()] == list(range(1000))


def test_a_traceback_is_still_printed():
    """What kills a process goes to stderr directly, beside the log."""
    done = run("log.configure()\nlog.get().info('last words')\n1 / 0", stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"last words" in done.stderr
    assert b"ZeroDivisionError" in done.stderr


def test_a_full_stderr_does_not_keep_a_process_from_ending(pipe):
    """It ends by itself with its own code, although nobody ever reads."""
    _, write = pipe
    fill(write)
    os.set_blocking(write, True)
    assert run("log.configure()\nfor n in range(5): log.get().info('a')\nraise SystemExit(7)", stderr=write)
    # The same promise in numbers: its own code, not one of ours.
    assert run("log.configure()\nlog.get().info('a')\nraise SystemExit(7)", stderr=write).returncode == 7


def test_lost_log_lines_are_said_in_the_form_of_all_the_others():
    """One JSON object a line, this one included."""
    code = "stream.WAITING_LINES = 0\nlog.configure(json=True)\nprint(log._stderr.describe_lost(12))"
    (line,) = run(code, stdout=subprocess.PIPE).stdout.splitlines()
    said = json.loads(line)
    assert said.items() >= {"event": "log lines lost", "level": "warning", "lines": 12}.items()
    assert "timestamp" in said
