"""Settings and catalogues: everything that is decided outside the program.

Comes in: the environment, a `.env` file, the TOML and CSV files of this folder.
Goes out: frozen records. Nothing here imports anything else of ours.
"""
