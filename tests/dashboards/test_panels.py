"""Dashboards: drawn by the script, none hidden, each panel explained, measured in units, and leading to the runbook."""

import importlib.util
import re

import pytest

from tests.dashboards.panels import BOARDS, filled_in, panels, questions
from tests.dashboards.rulebook import ALERTS, HOME, RECORDED, metrics_in

PEOPLES = sorted(BOARDS.keys() - {"runbook"})


def script():
    """`dashboards/build.py` as a module; it draws with an SDK that only the extra `test` brings."""
    pytest.importorskip("grafana_foundation_sdk", reason="the extra `test` brings what draws dashboards")
    spec = importlib.util.spec_from_file_location("build", HOME / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_json_is_what_the_script_draws():
    """Whoever changes one has to change the other: run `dashboards/build.py`."""
    drawn = {path.name: text for path, text in script().files()}
    assert drawn == {path.name: path.read_text() for path in (HOME / "grafana").glob("*.json")}


def test_there_are_four_dashboards_and_the_runbook():
    """Overview, Venue, Alerts and delivery, Processes: by fixed addresses, so that links to them last."""
    assert {board["uid"] for board in BOARDS.values()} == {
        *("scanner-overview", "scanner-venue", "scanner-delivery", "scanner-processes"),
        "scanner-runbook",
    }
    assert sum(len(panels(board)) for board in PEOPLES) >= 20


@pytest.mark.parametrize("board", BOARDS)
def test_nothing_is_folded_away(board):
    """What nobody sees at three in the morning is not there."""
    rows = [panel for panel in BOARDS[board]["panels"] if panel["type"] == "row"]
    assert not any(row["collapsed"] or row["panels"] for row in rows)


@pytest.mark.parametrize("board", BOARDS)
def test_panels_have_numbers_of_their_own_and_do_not_overlap(board):
    """Links lead to a panel by its number; two in one place cover each other."""
    drawn = BOARDS[board]["panels"]
    assert len({panel["id"] for panel in drawn}) == len(drawn)
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in drawn)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("board", PEOPLES)
def test_a_panel_says_what_it_shows_in_which_unit(board):
    """Title, explanation, unit, colours, a legend for every question, and the chosen Prometheus."""
    for panel in panels(board):
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert defaults["unit"]
        assert defaults["thresholds"]["steps"][0]["value"] is None
        assert panel["targets"]
        assert {target["datasource"]["uid"] for target in (panel, *panel["targets"]) if "datasource" in target} == {
            "${datasource}"
        }
        assert all(target["legendFormat"] for target in panel["targets"])
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


@pytest.mark.parametrize("board", PEOPLES)
def test_what_is_chosen_above_counts_below(board):
    """Each variable is used, and each that is used can be chosen."""
    offered = {variable["name"] for variable in BOARDS[board]["templating"]["list"]}
    asked = set(re.findall(r"\$([a-z]+)", " ".join(t["expr"] for p in panels(board) for t in p["targets"])))
    assert offered == {"datasource", *asked}


def test_every_link_leads_to_the_section_of_its_alert():
    """On the dashboard that holds the runbook, each alert has a panel; every alert is linked from somewhere."""
    sections = {panel["id"]: panel["title"] for panel in panels("runbook")}
    linked = set()
    for board in PEOPLES:
        for panel in panels(board):
            for link in panel["links"]:
                number = int(link["url"].removeprefix("/d/scanner-runbook?viewPanel="))
                assert link["title"] == f"{sections[number]}: what to do"
                linked.add(sections[number])
    assert linked == ALERTS.keys()


def test_the_runbook_speaks_of_panels_that_exist():
    """`Dashboard *Venue*, "Traffic"` is there when somebody looks for it."""
    titles = {"Overview": "overview", "Venue": "venue", "Alerts and delivery": "delivery", "Processes": "processes"}
    spoken = re.findall(r"Dashboard\s+\*([A-Z][a-z ]+)\*,\s+((?:\"[^\"]+\"(?:\s+(?:and|beside)\s+)?)+)", RUNBOOK)
    assert len(spoken) > 15
    for board, named in spoken:
        there = {panel["title"] for panel in panels(titles[board])}
        assert set(re.findall(r'"([^"]+)"', re.sub(r"\s+", " ", named))) <= there, (board, named)


RUNBOOK = (HOME / "RUNBOOK.md").read_text()


def test_panels_ask_for_what_is_exported_or_recorded():
    """A metric that is renamed takes its panels along."""
    sources = "".join(path.read_text() for path in (HOME.parent / "scanner").rglob("*.py"))
    exported = set(re.findall(r'"(scanner_[a-z_]+)"', sources))
    for question in questions():
        names = metrics_in(question.expression)
        assert names or "ALERTS" in question.expression, question.name
        for name in names:
            plain = re.sub(r"_(bucket|count|sum)$", "", name)
            assert name in RECORDED or plain in exported or name.startswith("process_"), (question.name, name)


def test_what_grafana_fills_in_is_filled_in():
    """A question that is put to Prometheus here has no variable left."""
    assert filled_in('rate(x{exchange=~"$exchange"}[$__rate_interval])') == 'rate(x{exchange=~".*"}[1m])'
    assert not any("$" in question.expression for question in questions())
