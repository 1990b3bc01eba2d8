"""A district folder, read file by file into the standing facts."""
