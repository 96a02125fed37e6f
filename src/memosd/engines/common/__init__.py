"""What every SQL engine needs and is not SQL: rows and dataclasses, scoring, caches, waking. Knows no driver."""
