"""Mailwright 信匠: from an e-mail address to a working, safe mailbox.

The rooms and the floors they stand on are drawn in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
