"""Files written in one step, locks, work folders, and the database of corrections."""
