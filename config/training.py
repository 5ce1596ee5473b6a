"""The mark of a project for practice: what is sent there never reaches the warehouse."""

# Written into the description of the project in Central.
TRAINING_MARK = "[emis-training]"
