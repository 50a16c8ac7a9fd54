"""What tests of outreach may ask for: a real mailbox."""

from collections.abc import Iterator

import pytest

from tests.conftest import do_without
from tests.tools.outreach.mail.imap_server import DOVECOT, ImapBox, running_imap


@pytest.fixture
def imap_box() -> Iterator[ImapBox]:
    """A real IMAP server with an empty mailbox."""
    if DOVECOT is None:
        do_without("needs Debian's dovecot-imapd, which `make test-setup` installs where it may")
    with running_imap() as box:
        yield box
