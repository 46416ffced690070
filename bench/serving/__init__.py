"""What a server answers in a second, beside another one for the same domain."""
