"""The office: what was asked today, what waits and what is late, for those who lead."""
