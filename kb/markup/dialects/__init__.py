"""Articles as other tools' authors write them, read into this renderer's own Markdown. `reader.py` is the entry."""
