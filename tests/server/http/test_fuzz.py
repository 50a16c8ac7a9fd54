"""Whatever is thrown at REST, it answers as its own document says, and never with a fault.

Some thousand requests each time, each edge of each parameter; with ONELANE_PROOF=full random ones too, and whole
sequences of them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from onelane.storage.people import contacts
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from tests.proof import FULL
from tests.server.http.web_servers import Web, serving_copy

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
)
"""All of Schemathesis's but those that ask for more than a schema can say, such as that every cursor is a good one."""


@pytest.mark.xdist_group("fuzz")
def test_schemathesis_finds_no_fault(tmp_path: Path, migrated_sqlite: Path, project: Path) -> None:
    with serving_copy(migrated_sqlite, tmp_path) as web:
        fill(web)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{web.url}/openapi.json"),
                *("--checks", ",".join(CHECKS)),
                *("--phases", "coverage,fuzzing,stateful" if FULL else "coverage"),
                *("--max-examples", "150"),
                # The stream of events does not end; it has tests of its own.
                *("--exclude-path", "/api/events"),
                *("--seed", "20261102", "--no-color", "--request-timeout", "60"),
            ],
            cwd=tmp_path,
            # The table of all characters is made once for all tests, and not anew here.
            env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(project / ".hypothesis")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


def fill(web: Web) -> None:
    """Something to be found, with ids that are easily guessed from the answers of lists."""
    with web.database.write() as session:
        contacts.create_contact(session, name="Ada Lovelace")
        for workflow_type in WorkflowType:
            runs.create_workflow_run(session, workflow_type=workflow_type)
