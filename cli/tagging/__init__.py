"""What `tagstract tag` shares with the other commands on feeds: feed files, progress."""
