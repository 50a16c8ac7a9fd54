"""The ports to the outside: language models, web pages, search engines."""
