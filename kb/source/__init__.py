"""Reading the folder of articles: files to articles, with what authors tell search beside them."""
