"""The log: it tells where something went wrong, and not what people said."""

import logging
from pathlib import Path

import pytest

from onelane.server.logs import LOG_FILE, logging_into

SECRET = "ada@example.com wrote: my number is 555"


def fail() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        raise ExceptionGroup(SECRET, [KeyError(SECRET)]) from error


@pytest.fixture
def logged(tmp_path: Path) -> str:
    log = logging.getLogger("onelane.somewhere")
    with logging_into(tmp_path, on_stderr=False):
        try:
            fail()
        except ExceptionGroup:
            log.exception("run %s failed", "run_1")
    return (tmp_path / LOG_FILE).read_text()


def test_an_exception_is_logged_with_its_place_and_its_kind(logged: str) -> None:
    assert "run run_1 failed" in logged
    assert "in fail" in logged
    assert all(kind in logged for kind in ("ExceptionGroup", "builtins.KeyError", "builtins.ValueError"))


def test_the_log_leaves_out_the_message_of_an_exception(logged: str) -> None:
    assert "555" not in logged
    assert "ada@" not in logged


def test_debug_logging_includes_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONELANE_DEBUG", "1")
    with logging_into(tmp_path, on_stderr=False):
        try:
            fail()
        except ExceptionGroup:
            logging.getLogger("onelane.somewhere").exception("failed")
    assert "555" in (tmp_path / LOG_FILE).read_text()
