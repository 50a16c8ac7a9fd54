"""The person's own doors, as they are: a terminal that is one, and the page that its link opens."""

import re
from pathlib import Path

import httpx2

from tests.acceptance.processes import Home
from tests.acceptance.serving import serving
from tests.acceptance.terminals import seated


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
            seat.sees("Delete template 'Spring' and its 0 enrollment(s)?")
            seat.sees("Allow this?")
            seat.types("y")
            seat.sees("Allowed")
            assert seat.leaves() == 0
        assert [program.delete(place, headers=mine).status_code for place in places] == [204, 403]

        with seated(home, "dashboard", "--no-open", "--port", address.rpartition(":")[2]) as seat:
            link = re.search(r"http://\S+", seat.sees("It is good once"))
            assert link is not None
        page = program.get(link[0], follow_redirects=True).text
        assert "Autumn" in page
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        pressed = program.post("/dashboard/approvals", data={**fields, "answer": "yes"}, headers={"origin": address})
        assert pressed.status_code == 200
        assert program.delete(places[1], headers=mine).status_code == 204
        assert program.get(link[0], follow_redirects=True).status_code == 403


def template(program: httpx2.Client, name: str) -> str:
    made = program.post("/api/workflows/templates", json={"name": name, "templateType": "outreach"})
    return f"/api/workflows/templates/{made.json()['id']}"
