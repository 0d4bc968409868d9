"""Articles in several languages: what each translation was made from, how far it is behind, and work handed out."""
