"""The tables of search in PostgreSQL. They hold nothing that cannot be made again from the published articles.

They are not in METADATA: no migration makes them, but `index/database/store.py`, where the setting asks for them and
the server has pgvector. Every row belongs to an epoch (docs/adr/0023-search-in-postgresql.md). A passage's `id` is its
article's number times 65,536, and its own.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import REAL

from index.database.vectors import HalfVector

SEARCH_TABLES = MetaData()


def _key(kind: type[Integer] = Integer) -> Column[int]:
    return Column("epoch", kind, primary_key=True, autoincrement=False)


search_collection = Table(
    "search_collection",
    SEARCH_TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("published", BigInteger, nullable=False),
    info={
        "about": "The one row that says which epoch serves, at which generation, and how often that changed. Every"
        " search reads it.",
        "personal": "",
    },
)

search_epoch = Table(
    "search_epoch",
    SEARCH_TABLES,
    _key(),
    Column("generation", BigInteger, nullable=False),
    Column("format", Integer, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("means", LargeBinary, nullable=False),
    Column("lengths", Text, nullable=False),
    Column("spread", LargeBinary, nullable=False),
    info={
        "about": "What is frozen while an epoch lasts (model, recipe, means of vectors, mean lengths of texts), and the"
        " counts and the spread of vectors at its latest generation.",
        "personal": "",
    },
)

search_article = Table(
    "search_article",
    SEARCH_TABLES,
    _key(),
    Column("article", Integer, primary_key=True, autoincrement=False),
    Column("lang", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("boost", Float, nullable=False),
    Column("same_titles", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("passages", LargeBinary, nullable=False),
    Column("titles", LargeBinary, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Index("search_article_changed", "epoch", "changed"),
    info={
        "about": "Indexed articles: what ranking needs of each, a byte for each passage and title that says whether it"
        " has a vector of its own, and the generation that wrote the row.",
        "personal": "",
    },
)

search_passage = Table(
    "search_passage",
    SEARCH_TABLES,
    _key(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("vector", HalfVector(), nullable=False),
    info={"about": "The centred vector of each body passage.", "personal": ""},
)

search_title = Table(
    "search_title",
    SEARCH_TABLES,
    _key(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("vector", HalfVector(), nullable=False),
    info={"about": "The centred vector of each title, and of each question that authors gave.", "personal": ""},
)

search_window = Table(
    "search_window",
    SEARCH_TABLES,
    _key(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("length", REAL, nullable=False),
    Column("vector", HalfVector(), nullable=False),
    info={
        "about": "Vectors of pieces of passages, uncentred, with their length once they are centred.",
        "personal": "",
    },
)

search_text = Table(
    "search_text",
    SEARCH_TABLES,
    _key(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("text", LargeBinary, nullable=False),
    info={"about": "Body passages as they are shown.", "personal": ""},
)

search_bag = Table(
    "search_bag",
    SEARCH_TABLES,
    _key(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("words", LargeBinary, nullable=False),
    Column("forms", LargeBinary, nullable=False),
    info={
        "about": "The words of each passage, and of each article, by their numbers, with their weights; and passages'"
        " unstemmed words.",
        "personal": "",
    },
)

search_posting = Table(
    "search_posting",
    SEARCH_TABLES,
    Column("epoch", Integer, nullable=False),
    Column("term", Integer, nullable=False),
    Column("article", Integer, nullable=False),
    Column("weight", REAL, nullable=False),
    # The weight is in the index, so that a search need not look at the table.
    Index("search_posting_term", "epoch", "term", "article", unique=True, postgresql_include=["weight"]),
    info={"about": "Which articles have a word, and how much it weighs there (BM25).", "personal": ""},
)

search_term = Table(
    "search_term",
    SEARCH_TABLES,
    _key(),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("family", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("word", Text, nullable=False),
    Column("frequency", Integer, nullable=False),
    Column("first", REAL, nullable=False),
    Column("second", REAL, nullable=False),
    Column("passage_frequency", Integer, nullable=False),
    Column("passage_first", REAL, nullable=False),
    Column("passage_second", REAL, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Index("search_term_changed", "epoch", "changed"),
    info={
        "about": "The words of a language family, stemmed (kind 0), unstemmed without accents (1) and as written (2),"
        " with how many articles and passages have each, and the sums that its mean weight is computed from.",
        "personal": "",
    },
)

# Tables of vectors, by what they are of.
VECTORS = {"passages": search_passage, "titles": search_title}
