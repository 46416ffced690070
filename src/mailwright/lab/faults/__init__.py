"""Labs in which something is wrong for real: one file for each family of faults, and `table` of them all."""
