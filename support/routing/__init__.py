"""Which team a ticket goes to, when that team works, and what it promises."""
