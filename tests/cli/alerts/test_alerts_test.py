"""`scanner alerts test RECEIVER`: a sample alert goes out the way a real one would, and the outcome is a sentence."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from scanner.cli.alerts.sample import COURSE_S, TEST, sample_alert, sample_course, sample_notification, sample_trouble
from scanner.model.moments import SECOND
from tests.cli.alerts.kept import alerts, refused

NOW = 1_800_000_000 * SECOND


@contextmanager
def service(status):
    """A webhook on loopback that answers with this; gives its address and what it was sent."""
    heard = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(tmp_path, url, *args):
    config = tmp_path / "scanner.toml"
    config.write_text('[receivers.phone]\nsink = "webhook"\nallow_private = true\n')
    return alerts("test", "phone", "--config", config, *args, SCANNER__RECEIVERS__PHONE__URL=url)


def test_a_receiver_that_takes_it_is_told_so(tmp_path):
    # Promise: exit code 0, a sentence; the sample is an opened alert that says it is a test.
    with service(204) as (url, heard):
        result = told(tmp_path, url)
    assert (result.exit_code, result.stdout) == (0, "phone (webhook) has the sample alert\n")
    (message,) = heard
    assert message["type"] == "alert.opened"
    assert message["data"]["headline"].startswith(TEST)
    assert message["data"]["facts"]["test"] is True


@pytest.mark.parametrize(
    ("status", "outcome", "said"),
    [
        (500, "retry", "could not take it now; the scanner would try again: "),
        (404, "refused", "refused it; the scanner would not try again: "),
        (410, "gone", "wants nothing any more; the scanner would not send it anything: "),
    ],
)
def test_a_receiver_that_does_not_is_a_failure_with_its_reason(tmp_path, status, outcome, said):
    # Promise: exit code 1, what the scanner would do, and why; the address stays secret.
    with service(status) as (url, _):
        result = told(tmp_path, url)
        assert result.exit_code == 1
        assert result.stdout.startswith(f"phone (webhook) {said}")
        assert str(status) in result.stdout
        assert "/hook" not in result.stdout
        for_programs = told(tmp_path, url, "--json")
    assert for_programs.exit_code == 1
    answer = json.loads(for_programs.stdout)
    assert (answer["receiver"], answer["kind"], answer["outcome"]) == ("phone", "webhook", outcome)
    assert str(status) in answer["why"]


def test_nobody_at_the_address_is_a_failure_too(tmp_path):
    result = told(tmp_path, "http://127.0.0.1:1/hook")
    assert result.exit_code == 1
    assert "phone (webhook) could not take it now" in result.stdout


def test_the_console_is_a_receiver_although_nobody_configured_it():
    result = alerts("test", "console")
    assert result.exit_code == 0
    line, outcome = result.stdout.splitlines()
    assert TEST in line
    assert outcome == "console (console) has the sample alert"


def test_a_receiver_that_does_not_exist_is_answered_with_the_nearest(tmp_path):
    assert refused(alerts("test", "consle")).startswith(
        "scanner: there is no receiver 'consle': expected one of console; did you mean console?"
    )


# The sample.


def test_no_two_tests_are_one_story():
    # Promise: a receiver that knows ids takes each for a new alert; the same sample is the same message.
    ids = {sample_notification(NOW + second * SECOND).id for second in range(10)}
    assert len(ids) == 10
    assert sample_notification(NOW) == sample_notification(NOW)


def test_a_sample_is_about_what_is_asked_for():
    # Promise: rule, severity, venue, symbol and turnover come through; a market is `*`.
    alert = sample_alert(NOW, rule="dump", severity="critical", exchange="okx", symbol="eth/usdt", turnover_24h=5.0)
    assert (alert.rule, alert.stage, alert.severity, alert.exchange) == ("dump", "dump", "critical", "okx")
    assert (str(alert.instrument), alert.turnover_24h, alert.change) == ("ETH/USDT", 5.0, -0.051)
    assert TEST not in alert.headline
    assert str(sample_alert(NOW, rule="market_move", symbol="*/KRW").instrument) == "*/KRW"
    trouble = sample_trouble(NOW, rule="clock_skew", severity="high", exchange="okx")
    assert (trouble.rule, trouble.severity, trouble.exchange) == ("clock_skew", "high", "okx")


def test_what_is_no_symbol_is_refused():
    with pytest.raises(ValueError, match="is no symbol"):
        sample_alert(NOW, symbol="KAVA")


def test_its_chart_shows_a_pump():
    # Promise: oldest first, up by the sample's change, with the volume in the rise.
    course = sample_course(NOW)
    assert [at for at, _, _ in course] == sorted(at for at, _, _ in course)
    assert (course[0][0], course[-1][0]) == (NOW - COURSE_S * SECOND, NOW)
    assert course[-1][1] / course[0][1] - 1 == pytest.approx(0.051, abs=0.002)
    assert max(course, key=lambda point: point[2])[0] == NOW
