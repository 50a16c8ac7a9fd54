"""How thoroughly the tests look: `make proof` looks at everything, each `make test` at some of each kind."""

import os

FULL = os.environ.get("ONELANE_PROOF") == "full"
