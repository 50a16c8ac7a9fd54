"""`python -m onelane.server.cli` is the command `onelane`."""

from onelane.server.cli.entry_point import main

main()
