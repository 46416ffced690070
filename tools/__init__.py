"""What ./mw does, and the checks of the house. Nothing here is part of the program."""
