"""Every SQL statement of the program, one module a subject.

`get_` gives one or raises, `find_` one or None, `list_` many; `save_` and `replace_` write.
Each takes an open connection first; none commits.
"""
