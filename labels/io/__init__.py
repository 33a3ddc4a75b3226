"""Papers in: any file as records of one model.

`feed.read_feed` opens a file, `formats/` has a module for each format, `paper.paper_of` finds the
paper in a record.
"""
