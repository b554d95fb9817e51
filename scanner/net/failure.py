"""One way to say that a venue cannot be reached: which address, and why, in words an operator knows."""

from __future__ import annotations

import os
import socket
import ssl

import trio

MOST_CAUSES = 20
"""Nobody reads further down a chain of causes."""


class Unreachable(Exception):
    """A connection or a call failed. `refused` means that the venue itself said no, `banned` that it shut us out."""

    def __init__(
        self,
        address: str,
        reason: str,
        *,
        refused: bool = False,
        banned: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{address}: {reason}")
        self.address = address
        self.reason = reason
        self.refused = refused
        self.banned = banned
        self.retry_after = retry_after
        self.is_the_callers = False
        """What was asked for is wrong, and not that it was asked."""
        self.body = b""
        """What the venue said beside it, if anything."""


def reason_of(error: BaseException) -> str:
    """The innermost cause that has something to say, in plain words."""
    for cause in reversed(_chain(error)):
        if isinstance(cause, socket.gaierror):
            return f"the name cannot be resolved ({cause.strerror})"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not valid: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()  # its own text repeats the address
    return next((str(cause) for cause in _chain(error) if str(cause)), type(error).__name__)


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors in a group and its groups; a cancellation is no error, unless there is nothing else."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found.extend(leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return [error for error in found if not isinstance(error, trio.Cancelled)] or found


def _chain(error: BaseException) -> list[BaseException]:
    """The error, what caused it, what caused that …, and the members of groups, outermost first."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < MOST_CAUSES:
        cause = waiting.pop(0)
        if cause is None or cause in found:
            continue
        found.append(cause)
        if isinstance(cause, BaseExceptionGroup):
            waiting.extend(cause.exceptions)
        waiting.append(cause.__cause__ or cause.__context__)
    return found
