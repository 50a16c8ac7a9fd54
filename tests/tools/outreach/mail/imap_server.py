"""A real IMAP server of tests: Debian's dovecot, with one user and a folder of files."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from onelane.tools.outreach.mail.mail_server import MailServer, Security
from tests.tools.outreach.mail.mail_servers import LOOPBACK, USER

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
IMAP_PASSWORD = "abcdefghijkl"
_PATIENCE_SECONDS = 30.0
_CONFIGURATION = """\
protocols = imap
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal_group}
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_failure_delay = 0 secs
auth_mechanisms = {mechanisms}
mail_location = maildir:{base}/mail
first_valid_uid = 1
first_valid_gid = 1
{passdb}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = {address}
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


_BY_PASSWORD = """\
passdb {{
  driver = static
  args = password={password}
}}
"""
_BY_TOKEN = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {file}
}}
"""
_ASKS_FOR_TOKENS = """\
introspection_url = {url}
introspection_mode = auth
username_attribute = email
active_attribute = active
active_value = yes
"""


@dataclass(frozen=True)
class ImapBox:
    """A running server and what lies in it.

    Args:
        server: where it is
        base: the folder with everything of it
    """

    server: MailServer
    base: Path

    def deliver(self, mail: bytes, *, folder: str = "INBOX") -> None:
        """Put a mail into a folder, as a delivery does."""
        place = self.base / "mail" if folder == "INBOX" else self.base / "mail" / f".{folder}"
        new = place / "new"
        new.mkdir(parents=True, exist_ok=True)
        (place / "cur").mkdir(exist_ok=True)
        (place / "tmp").mkdir(exist_ok=True)
        number = sum(1 for _ in self.base.rglob("new/*")) + sum(1 for _ in self.base.rglob("cur/*"))
        (new / f"{number:06}.M{number}.test").write_bytes(mail)
        _give_to_reader(self.base / "mail")

    def flags(self, folder: str = "INBOX") -> list[str]:
        """The flags of each mail as its file's name has them; a mail that nobody has looked at has none."""
        place = self.base / "mail" if folder == "INBOX" else self.base / "mail" / f".{folder}"
        files = [*place.glob("new/*"), *place.glob("cur/*")]
        return sorted(file.name.partition(":2,")[2] for file in files)

    def forget_ids(self) -> None:
        """Let all ids of the inbox be others, as a server that was set up anew does."""
        for file in (self.base / "mail").glob("dovecot*"):
            file.unlink()


@contextmanager
def running_imap(*, certificate: Path | None = None, introspection_url: str | None = None) -> Generator[ImapBox]:
    """A server in a folder of its own, up when this begins.

    Args:
        certificate: with which it proves itself
        introspection_url: who tells whose access token one is; then it takes no password
    """
    # The tests' own folder is closed to the users as whom a server of root's works.
    with TemporaryDirectory(prefix="onelane-imap-") as folder:
        base = Path(folder)
        base.chmod(0o755)
        (base / "mail").mkdir()
        _give_to_reader(base / "mail")
        with _running(base, certificate, introspection_url) as box:
            yield box


def _reader() -> pwd.struct_passwd:
    """As whom the server reads mail: never as root."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def _give_to_reader(folder: Path) -> None:
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _reader().pw_uid, _reader().pw_gid)


@contextmanager
def _running(base: Path, certificate: Path | None, introspection_url: str | None) -> Generator[ImapBox]:
    assert DOVECOT is not None
    port, tls_port = _free_ports()
    me = _reader()
    is_root = os.getuid() == 0
    configuration = _CONFIGURATION.format(
        base=base,
        internal="dovecot" if is_root else me.pw_name,
        login="dovenull" if is_root else me.pw_name,
        internal_group="dovecot" if is_root else grp.getgrgid(me.pw_gid).gr_name,
        uid=me.pw_uid,
        gid=me.pw_gid,
        ssl="no" if certificate is None else "yes",
        certificate="" if certificate is None else f"ssl_cert = <{certificate}\nssl_key = <{certificate}",
        mechanisms="plain login" if introspection_url is None else "xoauth2",
        passdb=_passdb(base, introspection_url),
        address=LOOPBACK,
        port=port,
        tls_port=0 if certificate is None else tls_port,
    )
    file = base / "dovecot.conf"
    file.write_text(configuration)
    process = subprocess.Popen(
        [DOVECOT, "-F", "-c", str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    security = Security.NONE if certificate is None else Security.TLS
    try:
        _wait_until_up(process, port, base)
        yield ImapBox(MailServer("localhost", port if certificate is None else tls_port, security, USER), base)
    finally:
        process.terminate()
        process.wait()


def _passdb(base: Path, introspection_url: str | None) -> str:
    if introspection_url is None:
        return _BY_PASSWORD.format(password=IMAP_PASSWORD)
    file = base / "tokens.conf"
    file.write_text(_ASKS_FOR_TOKENS.format(url=introspection_url))
    return _BY_TOKEN.format(file=file)


def _free_ports() -> tuple[int, int]:
    with socket.create_server((LOOPBACK, 0)) as first, socket.create_server((LOOPBACK, 0)) as second:
        return first.getsockname()[1], second.getsockname()[1]


def _wait_until_up(process: "subprocess.Popen[bytes]", port: int, base: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection((LOOPBACK, port), 1) as connection:
                if connection.recv(4) == b"* OK":
                    return
        except OSError:
            continue
    log = base / "log"
    raise RuntimeError(f"dovecot did not start: {log.read_text() if log.exists() else 'no log'}")
