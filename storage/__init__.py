"""What Onelane remembers: a module for each noun with its row class and its queries, in the rooms of `tools/`."""
