"""Schools that do not exist, reporting as true ones would.

`registry` makes them, `answers` fills their forms, `faults` plants what quality work should find,
`send` delivers over OpenRosa as Collect does. Same seed, same everything. Reached by the command
alone; it sends only into a project whose description carries TRAINING_MARK.
"""

from config.training import TRAINING_MARK as TRAINING_MARK
