-- What came with PostgreSQL 15.
create view app.v_invoker with (security_invoker = true) as select 1 as one;
create table app.nulls (a int, b int, unique nulls not distinct (a, b));
alter table app.nulls replica identity full;
create table app.partial_set (a int, b int, foreign key (a, b) references app.nulls (a, b) on delete set null (b));
alter table app.partial_set replica identity full;
create publication pub_filtered for table app.keyed (k, t) where (k > 5);
create publication pub_schema for tables in schema "Mixed Schema";
grant set on parameter work_mem to fid_group;
grant alter system on parameter log_statement to fid_owner with grant option;
create type app.with_collation as (a text collate "C");
alter table app.customer alter column name set compression pglz;
