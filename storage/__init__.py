"""What Onelane remembers: a module per noun with its row class and its queries."""
