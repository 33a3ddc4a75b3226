"""What makes a process serve well: its model, its load, its sockets, and how it stops."""
