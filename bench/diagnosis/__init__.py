"""How often `mailwright diagnose` finds the true cause, measured on faults that are really there."""
