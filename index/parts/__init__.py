"""What a generation is made of, row by row: word statistics, passages, windows, surface forms, means of languages."""
