-- A value of every type, its extremes and its oddities. Runs with standard_conforming_strings on.
set standard_conforming_strings to on;
create schema types;
set client_min_messages to warning;
create type types.color as enum ('red', 'green');
create type types.pair as (a integer, b text);
create domain types.list as integer[] check (value is null or array_ndims(value) = 1);
create table types.every (
  id integer primary key,
  c_bool boolean, c_int2 smallint, c_int4 integer, c_int8 bigint, c_num numeric, c_num2 numeric(30, 10), c_f4 real, c_f8 double precision, c_money money,
  c_text text, c_varchar varchar(20), c_char character(5), c_onechar "char", c_name name, c_bytea bytea,
  c_date date, c_time time, c_timetz timetz, c_ts timestamp, c_tstz timestamptz, c_interval interval, c_tsp timestamp(0),
  c_uuid uuid, c_json json, c_jsonb jsonb, c_jsonpath jsonpath, c_tsv tsvector, c_tsq tsquery,
  c_point point, c_line line, c_lseg lseg, c_box box, c_path path, c_polygon polygon, c_circle circle,
  c_inet inet, c_cidr cidr, c_mac macaddr, c_mac8 macaddr8, c_bit bit(7), c_varbit bit varying,
  c_int4range int4range, c_numrange numrange, c_tsrange tsrange, c_tstzrange tstzrange, c_daterange daterange, c_multi int8multirange, c_nummulti nummultirange,
  c_oid oid, c_regclass regclass, c_regtype regtype, c_lsn pg_lsn, c_snapshot pg_snapshot, c_xid8 xid8, c_tid tid,
  c_color types.color, c_colors types.color[], c_pair types.pair, c_pairs types.pair[], c_list types.list, c_lists types.list[],
  c_ints integer[], c_texts text[][], c_bounds integer[], c_ts_array timestamptz[], c_xml xml, c_jsons jsonb[]
);
insert into types.every (id) values (0);
insert into types.every values (
  1, true, -32768, -2147483648, -9223372036854775808, 'NaN', -99999999999999999999.9999999999, 'NaN', '-Infinity', '-92233720368547758.08',
  E'tab\t nl\n cr\r bs\\ \\. quote'' "', '', 'ab', 'x', 'name', '\x00ff5c0a0d09',
  '-infinity', '00:00', '23:59:60+15:59', '4713-01-01 00:00:00 BC', '-infinity', '-178000000 years 3 mons -5 days 04:05:06.789', '2024-02-29 23:59:59.6',
  '00000000-0000-0000-0000-000000000000', '{"a" :  1, "a":2}', '{"a": [1e400, "\ud83d\ude00"]}', '$.a[*] ? (@ > 1)', '''a b'':1A,2 c', 'a & !b:*',
  '(NaN,Infinity)', '{1,-1,0.1}', '((0,0),(1,1e300))', '((0,0),(1,1))', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(1,1),0.3333333333333333>',
  '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', b'1010101', b'',
  'empty', '(,)', '[-infinity,infinity]', '[2024-01-01,)', '[2024-01-01,2024-01-02]', '{[1,3),[5,9)}', '{(,1.5],[2,2]}',
  4294967295, 'pg_class', 'types.pair[]', 'FFFFFFFF/FFFFFFFF', '10:20:10,14,15', '18446744073709551615', '(4294967294,65535)',
  'green', '{red,NULL,green}', row(1, 'a,"b')::types.pair, array[row(1, null), null, row(null, 'x"y')]::types.pair[], '{1,2}', null,
  '{}', '{{a,NULL},{"",\"NULL\"}}', '[-2:0]={1,2,3}', '{infinity,NULL,"0044-03-15 BC"}', null, array['{"a":1}'::jsonb, null]
), (
  2, false, 32767, 2147483647, 9223372036854775807, 'Infinity', 0.0000000001, 1e-45, 5e-324, '92233720368547758.07',
  'Ünïcödé 表 🐘', 'x', '', '', '', '',
  'infinity', '24:00', '00:00-15:59', 'infinity', '294276-12-31 23:59:59.999999+00', '178000000 years', '0001-01-01 BC',
  'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', 'null', 'strict $', '', 'x',
  '(-0,1e-320)', '{0,1,-5}', '((0,0),(0,0))', '((NaN,0),(1,1))', '((0,0),(1,1))', '((0,0))', '<(0,0),Infinity>',
  '0.0.0.0/0', '::/0', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff', b'0000000', repeat('10', 1000)::varbit,
  '(,5)', 'empty', 'empty', 'empty', '[-infinity,infinity]', '{}', '{[NaN,NaN]}',
  0, null, 'integer', '0/0', '1:1:', '0', '(0,1)',
  'red', '{}', '(,)', '{}', '{}', null,
  '{{1,2},{3,4}}', '{}', '{}', '{}', null, '{}'
);
insert into types.every (id, c_num, c_f8, c_interval) values
  (3, '-Infinity', 0.1::float8 + 0.2::float8, '1 year 2 mons -3 days 04:05:06.000001'), (4, '1e-16000'::numeric, -0.0, '-00:00:00.000001'), (5, ('1' || repeat('0', 10000))::numeric, 1.7976931348623157e308, '0');
create table types.wide_bytes (id int primary key, b bytea, t text);
alter table types.wide_bytes alter column b set storage external;
insert into types.wide_bytes select n, decode(repeat(md5(n::text), 60000 * n), 'hex'), repeat('ä', 300000) from generate_series(1, 3) n;
create table types.no_key_text (t text);
insert into types.no_key_text select 'x' from generate_series(1, 3);
do $$ begin execute 'create table types.widest (' || (select string_agg('c' || n || ' integer', ', ' order by n) from generate_series(1, 1600) n) || ')'; end $$;
insert into types.widest (c1, c1600) values (1, 1600), (null, 2);
alter table types.widest replica identity full;
alter table types.no_key_text replica identity full;
create table types.positions (at pg_lsn primary key, past pg_lsn[]);
insert into types.positions values ('0/0', array['0/1', null, '16/B374D848']::pg_lsn[]), ('1/F', '{}'), ('FFFFFFFF/FFFFFFFF', null);
