"""One module for each tool articles come from: how its files are recognised, and what they say."""
