"""Asks whether known vulnerabilities concern what is locked: `python -m tests.audit` (see `make audit`).

It ends with 1 only where it knows of one. Where nobody can be asked it says so: a build does not fail for want of a
network.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

LOCK = Path("requirements.lock")
AUDIT = ("-m", "pip_audit", "--disable-pip", "--require-hashes", "--vulnerability-service", "osv")
QUIETLY = ("--progress-spinner", "off", "--timeout", "10", "--format", "json")
LONGEST_S = 300


def main(arguments: Sequence[str]) -> int:
    """Ask, and say what was found.

    Args:
        arguments: more for pip-audit, such as `--osv-url`

    Returns:
        the exit code: 1 where a vulnerability is known
    """
    report = _report(arguments)
    if report is None:
        sys.stdout.write("Known vulnerabilities were not looked for: their database can't be reached from here.\n")
        return 0
    found = list(_vulnerable(report))
    known = "\n".join(found) or f"No known vulnerability in {len(report['dependencies'])} packages."
    sys.stdout.write(f"{known}\n")
    return 1 if found else 0


def _report(arguments: Sequence[str]) -> Any:
    command = [sys.executable, *AUDIT, *QUIETLY, "--requirement", str(LOCK), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def _vulnerable(report: Any) -> Iterator[str]:
    for package in report["dependencies"]:
        for each in package.get("vulns", ()):
            fixed = ", ".join(each["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {each['id']}, mended in {fixed}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
