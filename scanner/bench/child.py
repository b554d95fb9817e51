"""A measured piece of work in a process of its own: what it is called and with what, in; figures, out.

    python -m scanner.bench.child scanner.bench.some.module:function '{"port": 1234}'

A contender that works gets JSON on its command line and prints one JSON line, its figures. A server prints one JSON
line when it is ready, such as its port, and serves until its standard input closes: it dies with whoever started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import trio

FIRST_WORD_S = 30.0
"""How long a server may take to say that it is ready, on a busy machine."""
FAREWELL_S = 5.0
"""How long it may take to leave when it is no longer wanted."""


class ChildFailed(Exception):
    """A measured process ended without figures; the text holds its name and last words."""


async def work(target: str, options: dict[str, Any], *, patience_s: float) -> dict[str, Any]:
    """Run `module:function` with these keyword arguments elsewhere; what it returned.

    ChildFailed when it ended otherwise, or took longer than `patience_s` seconds.
    """
    with trio.move_on_after(patience_s):
        done = await trio.run_process(
            _command(target, options), capture_stdout=True, capture_stderr=True, check=False, stdin=subprocess.DEVNULL
        )
        lines = done.stdout.decode(errors="replace").splitlines()
        if done.returncode or not lines:
            raise ChildFailed(f"{target}: exit code {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
        figures: dict[str, Any] = json.loads(lines[-1])
        return figures
    raise ChildFailed(f"{target}: no figures within {patience_s:g} s")


@asynccontextmanager
async def serving(
    target: str, options: dict[str, Any], *, patience_s: float = FIRST_WORD_S
) -> AsyncIterator[dict[str, Any]]:
    """A server for as long as the block lasts; what it said when it was ready.

    ChildFailed when it ended before, or took longer than `patience_s` seconds.
    """
    process = await trio.lowlevel.open_process(_command(target, options), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield await _first_word(process, target, patience_s)
    finally:
        with trio.CancelScope(shield=True):
            if process.stdin is not None:
                await process.stdin.aclose()
            with trio.move_on_after(FAREWELL_S):
                await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _first_word(process: trio.Process, target: str, patience_s: float) -> dict[str, Any]:
    """The line that a server prints when it is ready."""
    said = b""
    with trio.move_on_after(patience_s):
        while process.stdout is not None and (piece := await process.stdout.receive_some()):
            said += piece
            if said.endswith(b"\n"):
                word: dict[str, Any] = json.loads(said)
                return word
        raise ChildFailed(f"{target}: it ended before it was ready")
    raise ChildFailed(f"{target}: not ready within {patience_s:g} s")


def say(word: dict[str, Any]) -> None:
    """A server's word that it is ready."""
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


async def until_unwanted() -> None:
    """Return when whoever started this server is gone or done with it."""
    stdin = trio.lowlevel.FdStream(os.dup(sys.stdin.fileno()))
    async with stdin:
        while await stdin.receive_some():
            pass


def _command(target: str, options: dict[str, Any]) -> list[str]:
    return [sys.executable, "-m", "scanner.bench.child", target, json.dumps(options)]


def main() -> None:
    """The child's own beginning."""
    _me, target, options = sys.argv
    module, _colon, name = target.partition(":")
    function: Callable[..., dict[str, Any] | None] = getattr(import_module(module), name)
    figures = function(**json.loads(options))
    if figures is not None:
        say(figures)


if __name__ == "__main__":
    main()
