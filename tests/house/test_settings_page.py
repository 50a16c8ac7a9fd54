"""The page of settings says what the classes that read them say."""

from onelane.server.settings import Settings
from tests.house.settings_page import PAGE, listed_settings, settings_page


def test_the_page_of_settings_is_what_make_docs_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "type: make docs"


def test_every_setting_is_on_the_page_once() -> None:
    assert sorted(listed_settings()) == sorted(Settings.model_fields)
