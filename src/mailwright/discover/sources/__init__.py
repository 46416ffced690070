"""One source of settings per file: `SOURCE` says which, `ask` asks it."""
