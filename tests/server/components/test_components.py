"""The parts are whole: icons are drawn, macros used, scripts joined once, and markup is trusted nowhere else."""

import re
from pathlib import Path

import pytest

from onelane.server import words
from onelane.server.components import bundles, icons, numbers
from onelane.server.components.steps import about, read_steps, turns
from onelane.server.dashboard.assets import SCRIPTS, all_assets
from onelane.server.dashboard.page import all_pages
from onelane.tools.outreach.template.problems import Severity

TRUSTED = {
    # Each puts in nothing but numbers, or escapes what it puts in.
    "server/components/charts.py",
    "server/components/environment.py",
    "server/components/numbers.py",
    "server/components/shapes.py",
    "server/dashboard/pages/runs/lanes.py",
}


MADE_OF_A_NUMBER = {"b1", "b2", "t2", "t3"}


@pytest.fixture(scope="module")
def templates(project: Path) -> dict[str, str]:
    """Every template of parts, pages and chat views, by its file."""
    folders = ("components", "dashboard/templates", "mcp/chat_views/templates")
    found = [file for folder in folders for file in (project / "server" / folder).glob("*.html")]
    return {file.name: file.read_text(encoding="utf-8") for file in found}


def test_every_icon_that_a_template_or_a_vocabulary_names_is_drawn(templates: dict[str, str]) -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', all_assets()["icons"].body.decode()))
    named = {name for text in templates.values() for name in re.findall(r"icon\('([^']+)'", text)}
    assert named | words.icons() <= drawn


def test_a_sprite_holds_what_is_quoted_and_nothing_of_the_drawings_frame() -> None:
    made = icons.sprite(["{{ icon('git-branch') }} 'no-such-icon'"], ["heart"])
    assert re.findall(r'id="([^"]+)"', made) == ["git-branch", "heart"]
    assert "width=" not in made.replace('width="18"', "")


def test_every_macro_is_used(templates: dict[str, str]) -> None:
    whole = "\n".join(templates.values())
    macros = set(re.findall(r"{% macro (\w+)\(", whole))
    assert {name for name in macros if len(re.findall(rf"\b{name}\(", whole)) < 2} == set()


def test_every_class_that_has_a_style_is_used(project: Path, templates: dict[str, str]) -> None:
    folders = [project / "server" / room for room in ("components", "dashboard", "mcp/chat_views")]
    styles = "".join(file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("*.css"))
    using = [file for folder in folders for ending in ("*.js", "*.py") for file in folder.rglob(ending)]
    words_said = " ".join([*templates.values(), *(file.read_text(encoding="utf-8") for file in using)])
    said = {*re.findall(r"[a-zA-Z][\w-]*", words_said), *Severity}
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL))
    styled = {name for selector in selectors for name in re.findall(r"\.([a-z][\w-]*)", selector)}
    assert styled - said - MADE_OF_A_NUMBER == set()


def test_every_template_that_is_a_page_is_one_of_a_module(templates: dict[str, str]) -> None:
    whole = {name for name, text in templates.items() if text.startswith("{% extends")}
    assert whole - {"hub.html", "not_found.html"} == {page.template for page in all_pages()}


def test_every_form_of_a_template_is_one_that_a_page_carries_out(templates: dict[str, str]) -> None:
    asked = {act for text in templates.values() for act in re.findall(r"f\.form\('(\w+)'", text)}
    assert asked <= {act for page in all_pages() for act in page.acts}


def test_no_template_holds_a_style_a_script_or_trusted_markup(templates: dict[str, str]) -> None:
    wrong = r"\sstyle=|<style|\son\w+=|\|\s*safe|<script(?![^>]* src=)|autoescape"
    assert {name: found for name, text in templates.items() if (found := re.findall(wrong, text))} == {}


def test_a_button_that_only_a_script_carries_out_is_not_shown_without_one(templates: dict[str, str]) -> None:
    """What closes a dialog is shown in one alone, which a script opens."""
    buttons = [each for text in templates.values() for each in re.findall(r"<button[^>]*type=\"button\"[^>]*>", text)]
    hidden_class = re.compile(r'class="[^"]*\bscript\b')
    assert [each for each in buttons if "data-close" not in each and hidden_class.search(each) is None] == []


def test_a_key_that_is_drawn_on_what_it_presses_is_no_part_of_its_name(templates: dict[str, str]) -> None:
    """Who hears the page would be told to press "Approve a"."""
    key_in_name = re.compile(r"<(button|summary|label|a)\b(?:(?!</\1>).)*?<kbd(?! aria-hidden)", re.DOTALL)
    assert [name for name, text in templates.items() if key_in_name.search(text)] == []


def test_markup_is_trusted_in_few_places(project: Path) -> None:
    code = [file for room in ("components", "dashboard", "mcp") for file in (project / "server" / room).rglob("*.py")]
    trusting = {str(file.relative_to(project)) for file in code if "Markup(" in file.read_text(encoding="utf-8")}
    assert trusting == TRUSTED


def test_the_script_holds_each_module_once_and_imports_nothing() -> None:
    script = bundles.bundle("onelane", SCRIPTS)
    modules = re.findall(r"^const (\$\w+) = \(\(\) => \{$", script, re.MULTILINE)
    assert len(modules) == len(set(modules)) > 10
    assert re.findall(r"^\s*(?:import|export) ", script, re.MULTILINE) == []
    asked = set(re.findall(r"= (\$\w+);", script))
    assert asked <= set(modules)
    assert all(script.index(f"const {name} = (") < script.index(f"= {name};") for name in asked)


def test_what_a_browser_is_sent_at_first_is_small() -> None:
    zipped = {name: len(asset.zipped) for name, asset in all_assets().items()}
    assert sum(zipped.values()) < 40_000
    assert zipped["script"] + zipped["theme"] < 10_000
    assert zipped["style"] < 12_000


def test_a_length_of_time_has_two_units() -> None:
    said = {0: "under 1 s", 7: "7 s", 0.25: "250 ms", 4.12: "4.1 s", 75: "1 min 15 s", 3700: "1 h 1 min"}
    assert {seconds: numbers.duration(seconds) for seconds in said} == said


def test_a_call_what_it_did_and_its_answer_are_one_row_of_a_turn() -> None:
    kinds = [
        ("thinking", None, "{}"),
        ("decision", None, '{"prompt_tokens": 5}'),
        ("tool_call", "save", "{}"),
        ("contact_merge", "save", "{}"),
        ("tool_result", "save", "{}"),
        ("decision", "person", '{"text": "stop"}'),
    ]
    rows = [
        {"stepType": kind, "tool": tool, "input": "{}", "output": output, "error": None} for kind, tool, output in kinds
    ]
    (turn,) = turns(read_steps(rows))
    (call,) = turn.calls
    assert turn.decision is not None
    assert len(turn.thoughts) == 1
    assert (call.done or {})["stepType"] == "contact_merge"
    assert (call.result or {})["stepType"] == "tool_result"
    assert len(turn.rows) == 2


@pytest.mark.parametrize(
    ("out", "line"),
    [
        (
            '{"gate": "missing_data", "detail": "They have no address."}',
            "Waits at step 2 (missing data): They have no address.",
        ),
        ('{"outcome": "sent"}', "Sent: step 2, message"),
        ('{"decision": "timed_out"}', "Timed out: step 2"),
        ('{"decision": "ended", "status": "removed", "reason": "bounce_hard"}', "Ended: removed, bounce hard"),
    ],
)
def test_a_step_of_a_sequence_says_in_words_what_it_was(out: str, line: str) -> None:
    given = '{"enrollmentId": "enr_1", "stepIndex": 1, "stepType": "message"}'
    row = {"stepType": "decision", "input": given, "output": out, "error": None, "url": None, "tool": None}
    assert about(read_steps([row])[0]) == line


@pytest.mark.parametrize(
    ("kind", "given", "out", "line"),
    [
        (
            "tool_call",
            '{"archived": false, "query": "Ada", "min_enrichment_score": 0, "page_size": 25, "hasEmail": true}',
            '{"data": [], "total": 1200}',
            "query: Ada, has email: yes · 1,200 found",
        ),
        ("sync_page", '{"syncSubType": "x_tweets", "file": null}', "{}", "Asks for x tweets"),
        ("sync_page", '{"list": "followers"}', '{"items": 9, "added": 9}', "Followers: 9 items: 9 added, 0 updated"),
        (
            "sync_page",
            '{"file": "a.csv", "source": "People from a.csv"}',
            '{"accountId": "acc_1"}',
            "Begins with People from a.csv",
        ),
        ("decision", "{}", '{"decision": "paused_by_person"}', "Paused by person"),
        (
            "decision",
            '{"after": ""}',
            '{"evaluated": 1028, "archived": 18, "after": null, "reasons": {"No e-mail address.": 18}}',
            "1,028 looked at, 18 fit the rule. No e-mail address: 18",
        ),
    ],
)
def test_a_step_says_in_words_what_was_asked_for_and_nothing_that_was_left_open(
    kind: str, given: str, out: str, line: str
) -> None:
    row = {"stepType": kind, "input": given, "output": out, "error": None, "url": None, "tool": None}
    assert about(read_steps([row])[0]) == line


def test_initials_are_letters_where_a_name_has_some_and_one_of_something_is_one() -> None:
    names = {"ada (Byron) Lovelace": "AB", "\u202eevil": "E", "山田太郎": "山", "😀": "😀", "": "", "O": "O"}
    assert {name: numbers.initials(name) for name in names} == names
    counts = ((1, "1 entry"), (0, "0 entries"), (1204, "1,204 entries"))
    assert [numbers.number_of(count, "entry", "entries") for count, _ in counts] == [text for _, text in counts]
    assert (numbers.number_of(1, "run"), numbers.number_of(2, "run")) == ("1 run", "2 runs")
