-- What belongs to a database as a whole, and is no more from PostgreSQL 19 on.
alter database %I set standard_conforming_strings to off;
