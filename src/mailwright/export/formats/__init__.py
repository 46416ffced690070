"""One file for each format, or for several that share their syntax.

Each has `make(profile, choice)`, which gives the files. It begins with the skeleton of the file and
fills it by functions that quote for the program that reads it. Where the program's manual says
how something is written, the line above says so.
"""
