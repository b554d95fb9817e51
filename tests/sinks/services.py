"""Slack, Discord and Telegram as they are documented, on loopback: they keep what they are sent, and refuse what is too
long, too fast, badly written or meant for somebody else, in the words of the real ones."""

import html
import json
import re
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs, urlsplit

import trio

from scanner.actors.limiter import SlidingWindow
from scanner.sinks.limits import units
from tests.sinks.receiver import next_request

PNG = b"\x89PNG\r\n\x1a\n"


# ruff: noqa: ARG002  # every answer is asked in the same way


class Service:
    """One HTTP server that judges each request by `answer`; what stands in `next` is answered first."""

    windows: tuple[tuple[int, float], ...] = ()

    def __init__(self, windows=None):
        self.port = 0
        self.calls = []
        """Method and path of each request, in order."""
        self.messages = {}
        """By the service's id, as they stand now."""
        self.next = []
        """Answers (status, body, headers) that come instead of the service's own, the first one first."""
        self._windows = [SlidingWindow(*window) for window in (self.windows if windows is None else windows)]
        self._count = 100

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def run(self, task_status=trio.TASK_STATUS_IGNORED):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        await trio.serve_listeners(self._converse, listeners, task_status=task_status)

    def number(self):
        self._count += 1
        return self._count

    def hurried(self):
        """Seconds to wait, where this request comes too early; such a one does not count."""
        now = trio.current_time()
        wait = max((window.wait(now) for window in self._windows), default=0.0)
        if not wait:
            for window in self._windows:
                window.take(now)
        return wait

    async def _converse(self, stream):
        buffer = b""
        try:
            while (found := await next_request(stream, buffer)) is not None:
                (line, headers, body), buffer = found
                method, target, _ = line.split(" ")
                self.calls.append((method, urlsplit(target).path))
                await stream.send_all(self._told(method, target, headers, body))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    def _told(self, method, target, headers, body):
        if self.next:
            status, answer, more = self.next.pop(0)
        else:
            status, answer, more = self.answer(method, target, headers, *read(headers, body))
        data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        head = [f"HTTP/1.1 {status} Word", *(f"{name}: {value}" for name, value in more.items())]
        return "\r\n".join([*head, f"Content-Length: {len(data)}", "", ""]).encode() + data


def read(headers, body):
    """Fields and files of a request, whether it is JSON or a form."""
    kind = headers.get("content-type", "")
    if kind.startswith("application/json"):
        return json.loads(body), {}
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    fields, files = {}, {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename():
            files[name] = (part.get_filename(), part.get_payload(decode=True))
        else:
            fields[name] = part.get_payload(decode=True).decode()
    return fields, files


class TelegramService(Service):
    """https://core.telegram.org/bots/api, one bot in one chat."""

    windows = ((1, 1.0), (20, 60.0))
    token = secret = "12345:AbCdEfGhIjKlMnOpQrStUvWxYz"  # noqa: S105
    chat = "-100200300"

    def answer(self, method, target, headers, fields, files):
        token, _, call = target.removeprefix("/bot").partition("/")
        if token != self.token:
            return self.no(401, "Unauthorized")
        if str(fields["chat_id"]) != self.chat:
            return self.no(400, "Bad Request: chat not found")
        if wait := self.hurried():
            after = int(wait) + 1
            return self.no(429, f"Too Many Requests: retry after {after}", retry_after=after)
        try:
            return getattr(self, call)(fields, files)
        except Nonsense as error:
            return self.no(400, f"Bad Request: {error}")

    def no(self, code, description, **parameters):
        body = {"ok": False, "error_code": code, "description": description}
        return code, body | ({"parameters": parameters} if parameters else {}), {}

    def yes(self, number):
        return 200, {"ok": True, "result": {"message_id": number, "chat": {"id": int(self.chat)}, "date": 0}}, {}

    def sendMessage(self, fields, files):  # noqa: N802
        return self.keep(fields, {"text": shown(fields["text"], 4096, "message is too long")})

    def sendPhoto(self, fields, files):  # noqa: N802
        return self.keep(fields, {"caption": caption(fields), "photo": photo(files)})

    def keep(self, fields, message):
        number = self.number()
        reply = fields.get("reply_parameters")
        self.messages[number] = message | ({"answers": reply["message_id"]} if reply else {})
        return self.yes(number)

    def editMessageText(self, fields, files):  # noqa: N802
        message = self.find(fields)
        if "text" not in message:
            raise Nonsense("there is no text in the message to edit")
        return self.change(fields, text=shown(fields["text"], 4096, "message is too long"))

    def editMessageCaption(self, fields, files):  # noqa: N802
        self.find(fields)
        return self.change(fields, caption=caption(fields))

    def editMessageMedia(self, fields, files):  # noqa: N802
        self.find(fields)
        media = json.loads(fields["media"])
        assert media["type"] == "photo"
        assert media["media"] == "attach://photo"
        return self.change(fields, caption=caption(media), photo=photo(files))

    def find(self, fields):
        number = int(fields["message_id"])
        if number not in self.messages:
            raise Nonsense("message to edit not found")
        return self.messages[number]

    def change(self, fields, **changes):
        number = int(fields["message_id"])
        changed = self.messages[number] | changes
        if changed == self.messages[number]:
            raise Nonsense("message is not modified: specified new message content is exactly the same")
        self.messages[number] = changed
        return self.yes(number)


class Nonsense(Exception):
    """What the service cannot take; the text is its own."""


def caption(fields):
    assert fields["parse_mode"] == "HTML"
    return shown(fields.get("caption", ""), 1024, "message caption is too long")


def photo(files):
    ((name, data),) = files.values()
    if not data.startswith(PNG):
        raise Nonsense("IMAGE_PROCESS_FAILED")
    return name


def shown(text, most, too_long):
    """What people see of Telegram's HTML; Nonsense where it is none, or too long after entities were read."""
    open_tags, words = [], []
    for piece in re.findall(r"<[^>]*>?|[^<]+", text):
        if not piece.startswith("<"):
            if re.search(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);)", piece):
                raise Nonsense("can't parse entities: unsupported entity")
            words.append(html.unescape(piece))
        elif re.fullmatch(r'<b>|<i>|<a href="[^"<>]*">', piece):
            open_tags.append(piece[1])
        elif not open_tags or piece != f"</{open_tags.pop()}>":
            raise Nonsense(f"can't parse entities: unexpected tag {piece!r}")
    if open_tags:
        raise Nonsense("can't parse entities: can't find end tag")
    told = "".join(words)
    if not told.strip():
        raise Nonsense("message text is empty")
    if units(told) > most:
        raise Nonsense(too_long)
    return told


class DiscordService(Service):
    """https://discord.com/developers/docs/resources/webhook, one webhook."""

    windows = ((5, 2.0), (30, 60.0))
    secret = "secret-token"  # noqa: S105
    path = f"/api/webhooks/99/{secret}"

    @property
    def hook(self):
        return self.url + self.path

    def answer(self, method, target, headers, fields, files):
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if not path.startswith(self.path):
            return 404, {"message": "Unknown Webhook", "code": 10015}, {}
        if wait := self.hurried():
            said = {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": False}
            return 429, said, {"Retry-After": str(int(wait) + 1)}
        message = json.loads(fields["payload_json"]) if "payload_json" in fields else fields
        wrong = self.wrong(message, files)
        if wrong:
            return 400, {"message": "Invalid Form Body", "code": 50035, "errors": {wrong: "Must be fewer"}}, {}
        number = path.removeprefix(self.path).removeprefix("/messages/") if method == "PATCH" else str(self.number())
        if method == "PATCH" and number not in self.messages:
            return 404, {"message": "Unknown Message", "code": 10008}, {}
        self.messages[number] = message | ({"files": [name for name, _ in files.values()]} if files else {})
        return (200, {"id": number, "type": 0}, {}) if query.get("wait") == ["true"] else (204, "", {})

    def wrong(self, message, files):
        """What of it is beyond the documented limits, in a word."""
        assert message["allowed_mentions"] == {"parse": []}
        total = 0
        for embed in message["embeds"]:
            total += units(embed["title"]) + units(embed["description"])
            if not embed["title"].strip() or units(embed["title"]) > 256:
                return "title"
            if units(embed["description"]) > 4096:
                return "description"
            if "image" in embed and embed["image"]["url"] != "attachment://" + files["files[0]"][0]:
                return "image"
        if total > 6000 or (not total and not message.get("content")):
            return "embeds"
        if any(not data.startswith(PNG) for _, data in files.values()):
            return "attachments"
        return "content" if units(message.get("content", "")) > 2000 else ""


class SlackService(Service):
    """https://api.slack.com: an incoming webhook, and a bot in one channel."""

    windows = ((1, 1.0),)
    path = "/services/T0/B0/secret-hook"
    token = secret = "xoxb-secret-bearer"  # noqa: S105
    channel = "C0123456789"

    @property
    def hook(self):
        return self.url + self.path

    def answer(self, method, target, headers, fields, files):
        if not target.startswith("/api/"):
            return self.hear(fields) if target == self.path else (404, "no_service", {})
        return self.command(target, headers, fields)

    def command(self, target, headers, fields):
        """What a bot is answered."""
        if headers.get("authorization") != f"Bearer {self.token}":
            return 200, {"ok": False, "error": "invalid_auth"}, {}
        if fields["channel"] != self.channel:
            return 200, {"ok": False, "error": "channel_not_found"}, {}
        if target.endswith("chat.update") and fields["ts"] not in self.messages:
            return 200, {"ok": False, "error": "message_not_found"}, {}
        status, word, more = self.hear(fields)
        if word != "ok":
            return 200 if status != 429 else 429, {"ok": False, "error": word}, more
        return 200, {"ok": True, "channel": self.channel, "ts": self.last}, more

    def hear(self, fields):
        """Keep a message, or say in Slack's word what is wrong with it."""
        if wait := self.hurried():
            return 429, "ratelimited", {"Retry-After": str(int(wait) + 1)}
        if not fields["text"].strip("* "):
            return 400, "no_text", {}
        sections = [block["text"]["text"] for bar in fields["attachments"] for block in bar["blocks"]]
        if units(fields["text"]) > 4000 or any(not 0 < units(text) <= 3000 for text in sections):
            return 400, "msg_too_long", {}
        for text in (fields["text"], *sections):
            if re.search(r"&(?!(?:lt|gt|amp);)|<(?!https?://[^<>|]+\|[^<>]+>)", text.replace("&quot;", "")):
                return 400, "invalid_blocks", {}
        self.last = fields.get("ts") or f"1790000000.{self.number():06}"
        thread = {"answers": fields["thread_ts"]} if "thread_ts" in fields else {}
        self.messages[self.last] = {"text": fields["text"], "sections": sections} | thread
        return 200, "ok", {}
