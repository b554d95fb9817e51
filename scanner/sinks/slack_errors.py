"""What Slack means by its errors, a word each: some pass, some are for ever, some are about one message."""

from __future__ import annotations

import re

from scanner.sinks.base import Gone, Outcome, Refused, Retry
from scanner.sinks.chat import Missing, Unreadable
from scanner.sinks.http import Answer, judge

FINE, NO_PATIENCE = 200, 429
_WORD = re.compile(r"[a-z_]{1,60}")

GONE = frozenset(
    {
        *("no_service", "no_service_id", "no_team", "team_disabled", "no_active_hooks", "invalid_token"),
        *("action_prohibited", "posting_to_general_channel_denied", "channel_not_found", "channel_is_archived"),
        *("user_not_found", "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("is_archived", "not_in_channel", "missing_scope", "not_allowed_token_type", "no_permission"),
        *("org_login_required", "ekm_access_denied", "access_denied", "team_access_not_granted"),
        *("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
        *("invalid_channel", "messages_tab_disabled", "method_deprecated", "deprecated_endpoint"),
    }
)
"""Nothing of ours will be taken there until somebody changes something."""
NOT_NOW = frozenset(
    {
        *("ratelimited", "rate_limited", "service_unavailable", "internal_error", "fatal_error", "request_timeout"),
        *("rollup_error", "team_added_to_org", "external_channel_migrating"),
    }
)
UNREADABLE = frozenset(
    {
        *("invalid_payload", "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "too_many_attachments"),
        *("msg_too_long", "msg_blocks_too_long", "no_text", "invalid_arguments", "invalid_json", "json_not_object"),
        *("attachment_payload_limit_exceeded", "invalid_arg_name", "invalid_charset"),
    }
)
MISSING = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "cannot_update_message"})


def blame(answer: Answer, error: str) -> Outcome | Unreadable | Missing:
    """What Slack's word for an error means; its status where the word is not known."""
    named = f": {error}" if _WORD.fullmatch(error) else ""  # anything else may repeat what nobody should read
    why = f"{answer.place} answered {answer.status}{named}"
    if error in NOT_NOW or answer.status == NO_PATIENCE:
        return Retry(why, answer.retry_after)
    if error in GONE:
        return Gone(why)
    if error in MISSING:
        return Missing()
    if error in UNREADABLE:
        return Unreadable(why)
    return Refused(why) if answer.status == FINE else judge(answer)
