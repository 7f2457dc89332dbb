-- One of every kind of object that a dump can see; 14 and later. Run with standard_conforming_strings on.
set standard_conforming_strings to on;
set search_path to public;
set client_min_messages to warning;
alter schema public owner to fid_owner;
grant usage on schema public to "Fid Reader" with grant option;
revoke create on schema public from public;
comment on schema public is 'not the standard one';
create schema "Mixed Schema" authorization fid_owner;
create schema app;
create schema empty_schema authorization "fid""quote";
comment on schema app is 'application';
grant usage, create on schema app to fid_group;
grant usage on schema app to public;
alter default privileges in schema app grant select on tables to "Fid Reader";
alter default privileges for role fid_owner grant execute on functions to fid_group;
alter default privileges for role fid_owner revoke execute on functions from public;
alter default privileges for role fid_owner in schema "Mixed Schema" grant usage on sequences to fid_group with grant option;
alter default privileges for role fid_owner grant usage on types to "Fid Reader";

-- extensions
create schema ext;
create extension hstore schema ext;
create extension citext schema ext;
create extension ltree schema ext;
create extension btree_gist;
create extension postgres_fdw;
comment on extension hstore is 'our words about hstore';

-- types
create type app.mood as enum ('sad', 'ok', 'it''s great');
alter type app.mood add value 'meh' before 'ok';
create type app.address as (street text, "House No" integer, tags text[], home point);
create type app.nested as (a app.address, m app.mood[]);
create type app.shell;
create domain app.positive as numeric(12,3) default 1 constraint positive_check check (value > 0);
create domain app.names as text[] not null check (array_length(value, 1) > 0);
create domain app.unvalidated as integer;
alter domain app.unvalidated add constraint big check (value > 100) not valid;
comment on domain app.positive is 'more than nothing';
comment on constraint positive_check on domain app.positive is 'checked';
create type app.float_range as range (subtype = float8, subtype_diff = float8mi);
create type app.span as range (subtype = app.positive, multirange_type_name = app.spans);
comment on type app.mood is 'a mood';
comment on column app.address.street is 'where';
alter type app.address owner to fid_owner;
grant usage on type app.mood to "Fid Reader";
revoke usage on type app.address from public;

-- collations
create collation app.german (provider = icu, locale = 'de-u-co-phonebk');
create collation app.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create collation app.posix from "C";
comment on collation app.nocase is 'Without Case';

-- functions, aggregates, operators, casts
create function app.add(a integer, b integer default 5, variadic more integer[] default '{}') returns integer
  language sql immutable parallel safe cost 7 as $$ select a + b + coalesce((select sum(m)::integer from unnest(more) m), 0) $$;
create function app.body() returns text language sql begin atomic select 'new style'::text; end;
create function app.hostile() returns text language plpgsql security definer set search_path to app, pg_temp set work_mem to '16MB' as $body$
begin
  -- The next lines look like a header of a dump.
--
-- TOC entry 215 (class 1259 OID 16389)
-- Name: innocent; Type: TABLE; Schema: public; Owner: postgres
--

SET default_tablespace = '';
SET default_table_access_method = heap;
--
-- PostgreSQL database dump complete
--
-- Completed on 2020-01-01 00:00:00 UTC
  return 'x';
end
$body$;
comment on function app.hostile() is E'a comment\n\n--\n-- TOC entry 216 (class 1259 OID 16390)\n-- Dependencies: 1 2 3\n-- Name: innocent too; Type: TABLE; Schema: public; Owner: postgres\n--\n\nCREATE TABLE public.injected ();\n\\connect postgres\n\\! true';
create function app.rows(out a integer, out b text) returns setof record language sql rows 10 stable as $$ values (1, 'a'), (2, 'b') $$;
create function app.polymorphic(anyelement, anyarray) returns anyelement language sql strict leakproof as $$ select $1 $$;
create procedure app.proc(inout n integer) language plpgsql as $$ begin n := n + 1; end $$;
comment on procedure app.proc(integer) is 'a procedure';
grant execute on function app.add(integer, integer, integer[]) to "Fid Reader";
revoke execute on function app.body() from public;
alter function app.body() owner to fid_owner;
create function app.concat_state(text, text) returns text language sql immutable as $$ select coalesce($1, '') || coalesce($2, '-') $$;
create aggregate app.concat_all(text) (sfunc = app.concat_state, stype = text, initcond = '', parallel = safe);
create aggregate app.percent(float8 order by float8) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
comment on aggregate app.concat_all(text) is 'all';
create function app.mood_distance(app.mood, app.mood) returns integer language sql immutable as $$ select 1 $$;
create operator app.<-> (leftarg = app.mood, rightarg = app.mood, function = app.mood_distance, commutator = operator(app.<->));
comment on operator app.<-> (app.mood, app.mood) is 'distance';
create function app.mood_from_int(integer) returns app.mood language sql immutable as $$ select 'ok'::app.mood $$;
create cast (integer as app.mood) with function app.mood_from_int(integer) as assignment;
comment on cast (integer as app.mood) is 'a cast';
create function app.abs_cmp(integer, integer) returns integer language sql immutable as $$ select btint4cmp(abs($1), abs($2)) $$;
create operator family app.abs_family using btree;
create operator class app.abs_ops for type integer using btree family app.abs_family as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 app.abs_cmp(integer, integer);
comment on operator class app.abs_ops using btree is 'by absolute value';
create conversion app.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create function app.plfid_handler() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function app.plfid_inline(internal) returns void language c strict as '$libdir/plpgsql', 'plpgsql_inline_handler';
create function app.plfid_validator(oid) returns void language c strict as '$libdir/plpgsql', 'plpgsql_validator';
create trusted language plfid handler app.plfid_handler inline app.plfid_inline validator app.plfid_validator;
comment on language plfid is 'a language';
grant usage on language plfid to "Fid Reader";
create access method heap2 type table handler heap_tableam_handler;
create transform for ext.hstore language plfid (from sql with function pg_catalog.prsd_lextype(internal));

-- text search
create text search dictionary app.simple_de (template = pg_catalog.simple, stopwords = 'german');
create text search configuration app.conf (copy = pg_catalog.german);
alter text search configuration app.conf alter mapping for asciiword with app.simple_de, german_stem;
create text search parser app.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create text search template app.template (lexize = dsimple_lexize, init = dsimple_init);
comment on text search configuration app.conf is 'search';

-- sequences
create sequence app.seq_plain start 100 increment 5 cache 20;
create sequence app.seq_down as integer increment -2 minvalue -1000 maxvalue 10 start 10 cycle;
create sequence app.seq_unused;
create sequence "Mixed Schema"."Seq ""Ü""" as smallint;
select nextval('app.seq_plain'), nextval('app.seq_down'), nextval('app.seq_down');
select setval('"Mixed Schema"."Seq ""Ü"""', 77, false);
grant usage on sequence app.seq_plain to "Fid Reader";
comment on sequence app.seq_down is 'down';

-- tables
create table app.customer (
  id bigint generated always as identity (start 1000 increment 10) primary key,
  email ext.citext not null unique,
  name varchar(80) collate app.german default 'x' not null,
  mood app.mood default 'ok',
  address app.address,
  attributes ext.hstore,
  path ext.ltree,
  balance app.positive,
  upper_name text generated always as (upper(name collate "C")) stored,
  created timestamptz default now() not null,
  constraint name_length check (length(name) > 0),
  constraint no_check check (id > 0) no inherit
) with (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
alter table app.customer alter column name set statistics 500, alter column email set storage external, alter column email set (n_distinct = -0.5);
comment on table app.customer is 'customers';
comment on column app.customer.email is 'unique''s';
comment on constraint name_length on app.customer is 'at least one';
alter table app.customer owner to fid_owner;
grant select (id, name), update (name) on app.customer to "Fid Reader";
grant all on app.customer to fid_group with grant option;
create table app.orders (
  id serial primary key,
  customer_id bigint references app.customer deferrable initially deferred,
  parent integer references app.orders on delete cascade on update set null,
  total numeric check (total >= 0),
  dropped1 text, note text, dropped2 integer,
  unique (customer_id, id) include (total)
);
alter table app.orders drop column dropped1, drop column dropped2;
alter table app.orders add column later text default 'added';
create index orders_note on app.orders using gin (to_tsvector('app.conf', note)) where note is not null;
create index orders_abs on app.orders (total desc nulls last, abs(parent) app.abs_ops) include (note) with (fillfactor = 50);
comment on index app.orders_abs is 'an index';
alter index app.orders_abs alter column 2 set statistics 77;
alter table app.orders cluster on orders_pkey;
create table app.circle_a (id int primary key, b int);
create table app.circle_b (id int primary key, a int references app.circle_a deferrable);
alter table app.circle_a add constraint circle_fk foreign key (b) references app.circle_b match full on delete set default;
create table app.not_valid (id int primary key, c int);
insert into app.not_valid values (1, -1), (2, 99);
alter table app.not_valid add constraint c_positive check (c > 0) not valid;
alter table app.not_valid add constraint c_fk foreign key (c) references app.circle_a not valid;
create table app.room (id int primary key, during tstzrange, room int, exclude using gist (room with =, during with &&) deferrable);

-- shapes of tables
create table app.nothing ();
create table app.no_columns (gone int);
insert into app.no_columns select generate_series(1, 5);
alter table app.no_columns drop column gone;
create table app.parent (id int primary key, t text not null default 'p');
create table app.child (extra text, constraint more check (extra <> '')) inherits (app.parent);
create table app.child2 (t text not null default 'other') inherits (app.parent);
alter table app.child add primary key (id);
create table app.grandchild (t text not null default 'grand') inherits (app.child, app.child2);
create table app.typed of app.nested (primary key (m));
create unlogged table app.scratch (id int primary key, t text);
create table app.like_it (like app.customer including all);
create table app.second_heap (id int primary key) using heap2;
create table app.measure (id int not null, at date not null, region text, v float8, primary key (id, at, region)) partition by range (at);
create table app.measure_2023 partition of app.measure for values from ('2023-01-01') to ('2024-01-01');
create table app.measure_2024 partition of app.measure for values from ('2024-01-01') to ('2025-01-01') partition by list (region);
create table app.measure_2024_eu partition of app.measure_2024 (v default 7, constraint eu check (v is distinct from 13)) for values in ('eu', null);
create table app.measure_2024_rest partition of app.measure_2024 default partition by hash (id);
create table app.measure_2024_rest_0 partition of app.measure_2024_rest for values with (modulus 2, remainder 0);
create table "Mixed Schema".measure_2024_rest_1 partition of app.measure_2024_rest for values with (modulus 2, remainder 1);
create table app.measure_default (extra_order float8, v float8, region text not null, at date not null, id int not null);
alter table app.measure_default drop column extra_order;
alter table app.measure attach partition app.measure_default default;
create index measure_v on app.measure (v);
create index measure_only on only app.measure (region);
create index measure_only_2023 on app.measure_2023 (region);
alter index app.measure_only attach partition app.measure_only_2023;
comment on index app.measure_only_2023 is 'of a partition';
alter table app.measure_2023 replica identity full;
create table app.keyed (k int not null, t text);
create unique index keyed_k on app.keyed (k);
alter table app.keyed replica identity using index keyed_k;
create table app.invalid (id int primary key, t text);
create index invalid_t on app.invalid (t);
update pg_index set indisvalid = false where indexrelid = 'app.invalid_t'::regclass;

-- names
create table "Mixed Schema"."Odd "" name; -- .$x$ 'q' \ %s {} Ünïcödé 表 🐘" ("Select" int primary key, "a""b" text, "semi;colon" text default ';', "dotted.name" int);
create table "Mixed Schema"."sixty_three_bytes_long_name_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ("column_name_of_sixty_three_bytes_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" serial primary key);
create table "Mixed Schema"."two
lines" ("a
b" int primary key);
create index "index
of two lines" on "Mixed Schema"."two
lines" (("a
b" + 1));
create view "Mixed Schema"."; Type: TABLE; Schema: public; Owner: nobody" as select 1 as one;
insert into "Mixed Schema"."Odd "" name; -- .$x$ 'q' \ %s {} Ünïcödé 表 🐘" values (1, E'tab\tnewline\n\\.\n\\N', null, 5), (2, '\N', '', null);
insert into "Mixed Schema"."two
lines" values (1), (2);

-- views, rules, policies
create view app.v_customer with (security_barrier) as select id, email, name from app.customer where balance > 0;
create view app.v_checked as select * from app.orders where total > 0 with cascaded check option;
alter view app.v_customer alter column name set default 'from the view';
create view app.v_count as with recursive c(n) as (values (1) union all select n + 1 from c where n < 10) select n from c;
comment on view app.v_customer is 'view';
grant select on app.v_customer to "Fid Reader";
create view app.v_circle as select 1 as a;
create view app.v_circle2 as select a from app.v_circle;
create or replace view app.v_circle as select a from (values (2)) x(a);
create rule orders_log as on insert to app.v_checked do instead insert into app.orders (total, note) values (new.total, new.note);
create rule note_nothing as on delete to app.not_valid where old.id = 99 do instead nothing;
comment on rule note_nothing on app.not_valid is 'rule';
alter table app.not_valid disable rule note_nothing;
alter table app.customer enable row level security;
alter table app.orders enable row level security, force row level security;
create policy own on app.customer as restrictive for select to "Fid Reader", fid_group using (name = current_user);
create policy all_orders on app.orders using (true) with check (total < 1000000);
comment on policy own on app.customer is 'own';

-- materialized views that depend on each other, and a view between them
create materialized view app.z_first as select mood, count(*) as n from app.customer group by mood;
create unique index z_first_mood on app.z_first (mood);
create view app.y_between as select sum(n) as n from app.z_first;
create materialized view app.a_second as select n, app.add(1) as added from app.y_between;
create materialized view app.b_third with (fillfactor = 60) as select * from app.a_second;
create materialized view app.unpopulated as select * from app.a_second with no data;
comment on materialized view app.a_second is 'reads a view of a materialized view';
alter materialized view app.b_third owner to fid_owner;

-- triggers: each counts its calls
create table app.fired (id serial primary key, name text);
create function app.fire() returns trigger language plpgsql security definer as $$ begin insert into app.fired (name) values (tg_name || ' ' || tg_op); return new; end $$;
create trigger plain after insert or update or delete on app.customer for each row execute function app.fire();
create trigger disabled before insert on app.customer for each row when (new.id > 0) execute function app.fire();
create trigger replica after insert on app.customer for each row execute function app.fire();
create trigger statement after truncate on app.customer for each statement execute function app.fire();
create constraint trigger late after insert on app.orders deferrable initially deferred for each row execute function app.fire();
create trigger transition after insert on app.orders referencing new table as fresh for each statement execute function app.fire();
create trigger parted after insert on app.measure for each row execute function app.fire();
create trigger columns before update of name, mood on app.customer for each row execute function app.fire();
create trigger instead instead of update on app.v_customer for each row execute function app.fire();
alter table app.customer disable trigger disabled;
alter table app.customer enable replica trigger replica;
comment on trigger plain on app.customer is 'plain';
create table app.ddl_log (id bigint generated by default as identity primary key, name text);
create function app.on_ddl() returns event_trigger language plpgsql as $$ begin insert into app.ddl_log (name) values (tg_event || ' ' || tg_tag); end $$;

-- statistics, security labels need a provider; publications, subscriptions
create statistics app.stat_orders (ndistinct, dependencies, mcv) on customer_id, total from app.orders;
create statistics app.stat_expression on (total * 2), note from app.orders;
alter statistics app.stat_orders set statistics 300;
comment on statistics app.stat_orders is 'statistics';
create publication pub_all for all tables with (publish = 'insert');
create publication pub_some for table app.keyed, app.room, only app.parent with (publish_via_partition_root = true);
create publication pub_none;
comment on publication pub_some is 'some';
alter publication pub_some owner to fid_admin;
set client_min_messages to error;
create subscription sub_theirs connection 'host=127.0.0.1 port=1 dbname=nowhere password=hush' publication elsewhere, "Else Where" with (connect = false, slot_name = none, binary = true);
comment on subscription sub_theirs is 'from elsewhere';

-- foreign data
create foreign data wrapper dummy options (debug 'true');
create server elsewhere type 'pg' version '9' foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1', dbname 'no''where');
create user mapping for fid_owner server elsewhere options (user 'remote', password 'pw');
create user mapping for public server elsewhere;
create foreign table app.remote (id integer options (column_name 'key') not null, t text collate app.german, check (id > 0)) server elsewhere options (schema_name 'r', table_name 't');
grant usage on foreign server elsewhere to "Fid Reader";
grant usage on foreign data wrapper dummy to fid_group;
comment on server elsewhere is 'a server';
alter server elsewhere owner to fid_admin;

-- large objects
select lo_from_bytea(4100001, '\x00010203'), lo_from_bytea(4100002, ''), lo_from_bytea(4100003, convert_to(repeat('large', 500000), 'UTF8'));
alter large object 4100001 owner to fid_owner;
grant select on large object 4100002 to "Fid Reader";
grant select, update on large object 4100003 to public;
comment on large object 4100003 is 'a large one';
select lo_create(4100004);
select lo_put(4100004, 5000000, '\xff');

-- rows
insert into app.customer (email, name, mood, address, attributes, path, balance)
  select 'u' || n || '@Example.com', 'näme ' || n, (enum_range(null::app.mood))[1 + n % 4], row('street ' || n, n, array['a', null, '{"x"}'], point(n, -n))::app.address,
    ext.hstore('k' || n, nullif('v', 'v' || (n % 3))), ('top.x' || n)::ext.ltree, n + 0.125 from generate_series(1, 500) n;
insert into app.orders (customer_id, total, note) select 1000 + 10 * (n % 500), n, 'eine Notiz ' || n from generate_series(1, 1000) n;
update app.orders set parent = id / 2 where id > 1;
insert into app.circle_a values (1, null), (2, null);
insert into app.circle_b values (1, 2), (2, 1);
update app.circle_a set b = id;
insert into app.room values (1, '[2024-01-01,2024-01-02)', 1), (2, 'empty', 1);
insert into app.parent values (1, 'in the parent');
insert into app.child values (2, 'in the child', 'e');
insert into app.child2 values (3, 'c2');
alter table app.child2 replica identity full;
alter table app.grandchild replica identity full;
alter table app.no_columns replica identity full;
alter table app.nothing replica identity full;
insert into app.grandchild (id, t, extra) values (4, 'deep', 'x');
insert into app.typed values (row('s', 1, '{}', '(1,2)'), '{ok,sad}'), (null, '{}');
insert into app.scratch select n, 'unlogged' from generate_series(1, 100) n;
insert into app.second_heap values (1), (2);
insert into app.measure select n, date '2022-06-01' + n, (array['eu', 'us', 'asia', 'x'])[1 + n % 4], n / 3.0 from generate_series(1, 1200) n;
insert into app.keyed values (1, 'a'), (2, null);
insert into app.invalid values (1, 't');
refresh materialized view app.z_first;
refresh materialized view app.a_second;
refresh materialized view app.b_third;
truncate app.fired restart identity;
create trigger always after insert on app.keyed for each row execute function app.fire();
alter table app.keyed enable always trigger always;
create event trigger on_end on ddl_command_end when tag in ('CREATE TABLE', 'CREATE INDEX', 'ALTER TABLE') execute function app.on_ddl();
create event trigger on_drop on sql_drop execute function app.on_ddl();
alter event trigger on_drop enable always;
create event trigger on_rewrite on table_rewrite execute function app.on_ddl();
alter event trigger on_rewrite disable;
comment on event trigger on_end is 'after each';
