"""Whatever a client writes to `onelane mcp` is answered, also when it is no request, and also when the input ends."""

import json
from pathlib import Path
from typing import Any

from tests.acceptance.processes import Home

Message = dict[str, Any]

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "script", "version": "1"}}
HALF = '{"jsonrpc":"2.0","id":"half","method":"tools/call","params":{"name":"save_contact","arguments":%s}}'
"""What a program makes of a text that was cut in the middle of an emoji."""
DEEP = "[" * 5000 + "]" * 5000


def request(request_id: int | str, method: str, **params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}, ensure_ascii=False)


def answered(home: Home, *lines: str, before: str = "") -> tuple[dict[object, Message], str]:
    """What the process answers to lines that are piped into it, by id; and what it says on stderr."""
    text = before + "".join(f"{line}\n" for line in (request(1, "initialize", **HELLO), *lines))
    done = home.run("mcp", given=text)
    assert done.returncode == 0, done.stderr
    answers: list[Message] = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["id"]: answer for answer in answers}, done.stderr


def test_what_was_accepted_is_answered_before_the_process_ends(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    calls = [request(n, "tools/call", name="save_contact", arguments={"name": f"Ada {n}"}) for n in range(2, 12)]
    answers, stderr = answered(home, *calls, before="\ufeff")
    assert sorted(map(str, answers)) == sorted(map(str, range(1, 12)))
    assert all("result" in answer for answer in answers.values())
    assert home.rows("SELECT count(*) FROM contacts") == [(10,)]
    assert stderr == ""


def test_a_request_that_cannot_be_read_is_answered_with_its_id_and_named_on_stderr(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    arguments = r'{"name": "Ada \ud83d", "bio": "whole \ud83d\ude00, escaped \\ud83d, \udf89"}'
    answers, stderr = answered(
        home,
        HALF % arguments,
        '{"jsonrpc":"2.0","id":4,"method":"tools/list","params":[]}',
        '{"id":5,"method":"tools/list"}',
        '{"jsonrpc":"2.0","id":"six","method":"tools/list","params":{"a":%s}}' % DEEP,  # noqa: UP031 - it holds braces
        '[{"jsonrpc":"2.0","id":7,"method":"tools/list"},{"jsonrpc":"2.0","id":8,"method":"ping"}]',
        '{"jsonrpc":"2.0","params":{"id":0},"id":9,"method":"tools/list"',
        "nonsense",
        "",
        '{"jsonrpc":"2.0","id":10,"method":7}',
        request(11, "tools/list"),
    )
    assert "result" in answers[11]
    codes = {key: answers[key]["error"]["code"] for key in (4, 5, "six", 7, 8, 9, None, 10)}
    assert codes == {4: -32602, 5: -32600, "six": -32600, 7: -32600, 8: -32600, 9: -32700, None: -32700, 10: -32600}
    assert "nested deeper than 100 levels" in answers["six"]["error"]["message"]
    assert home.rows("SELECT name, bio FROM contacts") == [("Ada \ufffd", "whole \U0001f600, escaped \\ud83d, \ufffd")]
    assert answers["half"]["result"]["isError"] is False
    assert "The line is not JSON." in stderr


def test_a_request_whose_id_is_none_is_told_so(tmp_path: Path) -> None:
    answers, stderr = answered(Home(tmp_path / "home"), '{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}')
    assert "'tools/list' needs an id" in answers[None]["error"]["message"]
    assert "'tools/list' needs an id" in stderr
