-- What belongs to a database as a whole. %I stands for its quoted name.
alter database %I owner to fid_owner;
comment on database %I is E'the fidelity database\nof two lines';
alter database %I set search_path to public, "Mixed Schema";
alter database %I set datestyle to 'German, DMY';
alter database %I set timezone to 'Asia/Kolkata';
alter database %I set default_text_search_config to 'pg_catalog.german';
alter database %I set bytea_output to 'escape';
alter database %I set extra_float_digits to 0;
alter database %I connection limit 90;
alter role fid_owner in database %I set statement_timeout to '1h';
alter role all in database %I set lock_timeout to '1min';
revoke connect, temporary on database %I from public;
grant connect on database %I to "Fid Reader";
grant create, temporary on database %I to fid_group with grant option;
