"""Mailboxes moved: what it costs, beside other tools and beside what the destination can take."""
