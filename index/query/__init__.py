"""From what was typed to what is searched for: normalising, language, spelling, synonyms, pins."""
