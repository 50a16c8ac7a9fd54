"""The commands, a module per group; each is imported when it is asked for, so that `onelane --help` stays quick."""
