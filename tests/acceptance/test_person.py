"""The person's own doors, as they are: a terminal that is one, and the page that its link opens."""

import re
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from onelane.storage.database.engine import Database
from tests.acceptance.processes import Home
from tests.acceptance.serving import serving
from tests.acceptance.terminals import CTRL_C, CTRL_D, seated
from tests.messages import message, sequence


def test_a_person_answers_at_a_terminal_and_on_the_page_and_nobody_else_does(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with serving(home) as address, httpx2.Client(base_url=address, timeout=30) as program:
        run_id = program.post("/api/workflows/agent-runs", json={"goal": "Clean up"}).json()["id"]
        mine = {"x-onelane-run": run_id}
        places = [template(program, name) for name in ("Spring", "Autumn")]
        asked = [program.delete(place, headers=mine).json()["details"]["approvalId"] for place in places]
        assert (tmp_path / "person.key").stat().st_mode & 0o777 == 0o600

        for typed in (["runs", "allow", run_id], ["dashboard"], ["call", "answer_run", f'{{"run_id": "{run_id}"}}']):
            refused = home.run(*typed)
            assert refused.returncode == 1, typed
        assert "Spring" in home.run("approvals").stdout
        assert [program.delete(place, headers=mine).status_code for place in places] == [403, 403]

        with seated(home, "approvals", asked[0]) as seat:
            seat.sees("Delete template 'Spring' and its 0 enrollments?")
            seat.sees("Allow this?")
            seat.types("y")
            seat.sees("Allowed")
            assert seat.leaves() == 0
        assert [program.delete(place, headers=mine).status_code for place in places] == [204, 403]

        with seated(home, "dashboard", "--no-open", "--port", address.rpartition(":")[2]) as seat:
            link = re.search(r"http://\S+", seat.sees("It is good once"))
            assert link is not None
        assert "Autumn" in program.get(link[0], follow_redirects=True).text
        page = program.get("/dashboard/approvals").text
        assert "Autumn" in page
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        pressed = program.post("/dashboard/approvals", data={**fields, "answer": "yes"}, headers={"origin": address})
        assert pressed.headers["location"] == "/dashboard/approvals"
        assert "Allowed" in program.get("/dashboard/approvals").text
        assert program.delete(places[1], headers=mine).status_code == 204
        assert program.get(link[0], follow_redirects=True).status_code == 403
        with seated(home, "dashboard", "--no-open", "--port", "1") as seat:
            seat.sees("Nothing listens at port 1 of this machine. Start it with onelane serve")
            assert seat.leaves() == 1


def test_a_person_reads_each_message_at_a_terminal_before_it_goes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with serving(home) as address, httpx2.Client(base_url=address, timeout=30) as program:
        with closing(Database(f"sqlite:///{tmp_path / 'onelane.db'}")) as database, database.write() as session:
            template = sequence(session)
            first, second = (message(session, template, name, text=f"Dear {name}.") for name in ("Ada B", "Alan T"))

        def status(action_id: str) -> tuple[str, str | None]:
            shown = program.get(f"/api/outbound/{action_id}").json()
            return shown["status"], shown["approvedVia"]

        body = {"hash": program.get(f"/api/outbound/{first}").json()["hash"]}
        assert program.post(f"/api/outbound/{first}/approve", json=body).json()["code"] == "person_needed"
        assert home.run("outbound", "approve", first).returncode == 1
        with seated(home, "outbound", "approve") as seat:
            seat.sees("Dear Ada B.")
            seat.sees("Approve this?")
            seat.types("")
            seat.sees("Dear Alan T.")
            seat.sees("Approve this?")
            seat.types("y")
            assert seat.leaves() == 1
        assert (status(first), status(second)) == (("awaiting_approval", None), ("approved", "cli"))
        assert program.post(f"/api/outbound/{second}/undo").json()["status"] == "awaiting_approval"
        key = {"x-onelane-person": (tmp_path / "person.key").read_text()}
        assert program.post(f"/api/outbound/{first}/approve", json=body, headers=key).status_code == 200
        assert status(first) == ("approved", "rest")


def template(program: httpx2.Client, name: str) -> str:
    made = program.post("/api/workflows/templates", json={"name": name, "templateType": "outreach"})
    return f"/api/workflows/templates/{made.json()['id']}"


@pytest.mark.parametrize(
    ("typed", "question", "key", "code"),
    [
        (("undo", "today"), "[y/N]", CTRL_C, 130),
        (("undo", "today"), "[y/N]", CTRL_D, 1),
        (("keys", "set", "anthropic"), "not shown", CTRL_D, 1),
    ],
    ids=["Ctrl-C at a question", "Ctrl-D at a question", "Ctrl-D at a secret"],
)
def test_whoever_leaves_without_an_answer_is_told_that_nothing_was_changed(
    tmp_path: Path, typed: tuple[str, ...], question: str, key: str, code: int
) -> None:
    home = Home(tmp_path)
    home.answer("templates", "create", "Spring", "--type", "outreach")
    with seated(home, *typed) as seat:
        seat.sees(question)
        seat.presses(key)
        seat.sees("\nNothing was changed.")
        assert seat.leaves() == code
