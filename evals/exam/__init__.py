"""Our own examination: invented towns, how answers are scored, and how scores are shown."""
