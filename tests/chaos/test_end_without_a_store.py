"""A state folder that is taken away, or full, is no reason to stay: the end comes in time, and says what was lost."""

import shutil
import signal

import trio

from tests.chaos.house import running

END_S = 5.0
"""What the README promises after a signal."""


async def test_a_state_folder_that_is_gone_does_not_hold_up_the_end(tmp_path):
    """Alerts go on without it, /readyz says so, and SIGTERM ends it in order with what could not be kept in the log."""
    state = tmp_path / "state"
    start = ("start", "--market", "KRW", "--symbol", "KAVA/KRW", "--json", "--ops-port", 0, "--log-level", "info")
    async with running(*start, "--sim", "quiet", "--state", state) as house:
        await house.ready()
        shutil.rmtree(state)
        with trio.fail_after(60):
            while b"was deleted or replaced" not in (await house.get("/readyz"))[1].encode():
                await trio.sleep(0.2)
        house.signal(signal.SIGTERM)
        with trio.fail_after(2 * END_S):  # twice: this machine may be busy
            assert await house.ended() == 0
        await house.until(lambda: house.lines[-1]["type"] == "summary")
    assert house.logged("the end came before all was written")
