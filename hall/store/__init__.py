"""The database: tables, the unit of work, the outbox, migrations."""
