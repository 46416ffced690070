"""Figures: taken in alternation, shown as tables, kept in RESULTS.md with the machine and the day."""
