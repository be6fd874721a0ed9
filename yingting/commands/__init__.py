"""One command a file: `add_arguments(parser)` says what it takes, `run(options)` does it."""
