"""Query understanding: normalisation, language detection, spelling correction, synonyms, pinned answers."""
