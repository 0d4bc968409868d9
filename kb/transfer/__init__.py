"""Moving in and out: what other tools keep or export, as articles of this folder, and this folder as one zip."""
