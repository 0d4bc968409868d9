"""Writing articles without a shell: the same Markdown files, changed safely, with a history of each."""
