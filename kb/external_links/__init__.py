"""Links of articles to other sites: asked now and then whether they still lead somewhere."""
