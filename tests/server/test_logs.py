"""The log: it tells where something went wrong, and not what people said."""

import logging
from collections.abc import Callable
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


class Linked(Exception):
    """An exception of a chain."""


def circle() -> BaseException:
    first, second = Linked(), Linked()
    first.__cause__, second.__cause__ = second, first
    return first


def chain() -> BaseException:
    last = Linked()
    for _ in range(3_000):
        following = Linked()
        following.__context__, last = last, following
    return last


def groups_in_groups() -> BaseException:
    inner: Exception = Linked()
    for _ in range(3_000):
        inner = ExceptionGroup[Exception]("inner", [inner])
    return inner


def a_group_that_led_to_itself() -> BaseException:
    inner = Linked()
    group = ExceptionGroup("group", [inner])
    inner.__context__ = group
    return group


@pytest.mark.parametrize("made", [circle, chain, groups_in_groups, a_group_that_led_to_itself])
@pytest.mark.parametrize("debug", ["0", "1"])
def test_no_exception_keeps_the_log_from_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[], BaseException], debug: str
) -> None:
    monkeypatch.setenv("ONELANE_DEBUG", debug)
    log = logging.getLogger("onelane.somewhere")
    with logging_into(tmp_path, on_stderr=True):
        log.error("It failed.", exc_info=made())
        log.error("And afterwards.")
    written = (tmp_path / LOG_FILE).read_text()
    assert "And afterwards." in written
    assert len(written) < 1_000_000
    if debug == "0":
        assert "It failed." in written
        assert "Linked" in written or "There are more exceptions" in written


def test_text_that_no_encoding_has_is_logged(tmp_path: Path) -> None:
    with logging_into(tmp_path, on_stderr=True):
        logging.getLogger("onelane.somewhere").error("half a character: \udcff")
    assert "half a character: \\udcff" in (tmp_path / LOG_FILE).read_text()


def test_a_log_that_cannot_be_opened_is_said_once_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / LOG_FILE).mkdir()
    with logging_into(tmp_path, on_stderr=False):
        logging.getLogger("onelane.somewhere").error("ada@example.com failed")
    assert capsys.readouterr().err == "Onelane can't write to its log (IsADirectoryError).\n"
