"""The intake: who the people of an import are, and writing down what it says about them."""
