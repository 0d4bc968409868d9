"""The database: connections and transactions, migrations, and what stands in every table."""
