"""Whoever posts is killed with `kill -9` while X has the request: what went is not posted again, what did not goes."""

import os
import signal
import subprocess
from pathlib import Path
from typing import IO

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest, serve_double
from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.storage.schema import ensure_schema
from tests.acceptance.processes import begun_module
from tests.databases import Clock
from tests.tools.outreach.content import senders
from tests.tools.outreach.content.posting import LOST, X_POSTS, Posting

ROUTE, WAIT_S = "POST /2/tweets", 60


class Senders:
    """Lets senders live, and kills them when X is asked to post."""

    def __init__(self, posting: Posting, to: IO[str], said: IO[str]) -> None:
        self._posting, self._to, self._said = posting, to, said
        self._double = posting.doubles["x"]
        self._takes = self._double.routes[ROUTE]
        self._begun = posting.clock.instant
        self.pid = 0

    def live(self, minutes: int, *, dies: str | None = None) -> int:
        """Let one live so long after the beginning; how it ended.

        Args:
            minutes: so long after
            dies: it is killed with its request: `after` X has posted, or `before` that, which then comes to nothing
        """
        self._posting.clock.instant = self._begun
        self._posting.clock.advance(minutes=minutes)

        def killing(request: DoubleRequest) -> DoubleAnswer:
            if dies == "after":
                self._takes(request)
            os.kill(self.pid, signal.SIGKILL)
            return LOST

        self._double.routes = {**self._double.routes, ROUTE: self._takes if dies is None else killing}
        with self._double.guard:
            # Nothing is answered before it is known who asks.
            self._to.write(f"{minutes}\n")
            self._to.flush()
            self.pid = int(self._said.readline())
        return int(self._said.readline())


def test_a_post_is_there_once_wherever_its_sender_was_killed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'onelane.db'}", clock=(clock := Clock()))
    ensure_schema(database)
    posting = Posting(database, clock)
    posting.connect(Platform.X, X_POSTS)
    drafts = [posting.draft(f"Post {number}") for number in range(2)]
    with serve_double(posting.doubles["x"]) as at_x:
        where = database.url.render_as_string(hide_password=False)
        piped, root = subprocess.PIPE, Path(senders.__file__).parents[4]
        with begun_module(senders.__name__, [where, at_x.url], stdin=piped, stdout=piped, cwd=root) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            sending = Senders(posting, process.stdin, process.stdout)
            for number, (draft, dies) in enumerate(zip(drafts, ("after", "before"), strict=True)):
                minutes = 20 * number
                clock.instant = Clock().instant
                clock.advance(minutes=minutes)
                posting.approve(draft)
                assert sending.live(minutes + 2, dies=dies) == -signal.SIGKILL
                assert sending.live(minutes + 3) == 0
                assert posting.show(draft).state == ("published" if dies == "after" else "uncertain")
                assert sending.live(minutes + 9) == 0
                assert posting.show(draft).state == "published"
            process.stdin.close()
            assert process.wait(WAIT_S) == 0
    assert sorted(each["text"] for each in posting.x.posts) == ["Post 0", "Post 1"]
    assert posting.rows("SELECT count(DISTINCT platform_post_id), count(*) FROM content_posts") == [(2, 2)]
    database.close()
