-- A film rental in the layout of Pagila: enum, domain, full text with a trigger, arrays, payments in partitions, views over aggregates, a materialized view.
create type mpaa_rating as enum ('G', 'PG', 'PG-13', 'R', 'NC-17');
create domain year as integer constraint year_check check (value >= 1901 and value <= 2155);
create domain bigdecimal as numeric(10, 2);
create sequence customer_customer_id_seq;
create function last_updated() returns trigger language plpgsql as $$ begin new.last_update = current_timestamp; return new; end $$;
create function _group_concat(text, text) returns text language sql immutable as $_$ select case when $2 is null then $1 when $1 is null then $2 else $1 || ', ' || $2 end $_$;
create aggregate group_concat(text) (sfunc = _group_concat, stype = text);
create table language (language_id serial primary key, name character(20) not null, last_update timestamptz default now() not null);
create table category (category_id serial primary key, name text not null, last_update timestamptz default now() not null);
create table actor (actor_id serial primary key, first_name text not null, last_name text not null, last_update timestamptz default now() not null);
create table film (
  film_id serial primary key, title text not null, description text, release_year year,
  language_id integer not null references language on update cascade on delete restrict, original_language_id integer references language,
  rental_rate numeric(4, 2) default 4.99 not null, rating mpaa_rating default 'G', special_features text[], fulltext tsvector not null, last_update timestamptz default now() not null
);
create index film_fulltext_idx on film using gist (fulltext);
create index idx_title on film (title);
create table film_actor (actor_id integer not null references actor, film_id integer not null references film, last_update timestamptz default now() not null, primary key (actor_id, film_id));
create table film_category (film_id integer not null references film, category_id integer not null references category, primary key (film_id, category_id));
create table store (store_id serial primary key, manager_staff_id integer not null, last_update timestamptz default now() not null);
create table staff (staff_id serial primary key, first_name text not null, store_id integer not null references store, active boolean default true not null, picture bytea);
alter table store add foreign key (manager_staff_id) references staff deferrable initially deferred;
create table customer (customer_id integer default nextval('customer_customer_id_seq') primary key, store_id integer not null references store, first_name text not null, email text, activebool boolean default true not null, create_date date default current_date not null);
alter sequence customer_customer_id_seq owned by customer.customer_id;
create table inventory (inventory_id serial primary key, film_id integer not null references film, store_id integer not null references store);
create table rental (rental_id serial primary key, rental_date timestamptz not null, inventory_id integer not null references inventory, customer_id integer not null references customer, return_date timestamptz, staff_id integer not null references staff);
create unique index idx_unq_rental on rental (rental_date, inventory_id, customer_id);
create table payment (payment_id serial, customer_id integer not null references customer, staff_id integer not null references staff, rental_id integer not null, amount bigdecimal not null, payment_date timestamptz not null, primary key (payment_date, payment_id)) partition by range (payment_date);
create table payment_p2022_01 partition of payment for values from ('2022-01-01 UTC') to ('2022-02-01 UTC');
create table payment_p2022_02 partition of payment for values from ('2022-02-01 UTC') to ('2022-03-01 UTC');
create table payment_p2022_03 partition of payment for values from ('2022-03-01 UTC') to ('2022-04-01 UTC');
create index idx_fk_customer_id on payment (customer_id);
create trigger film_fulltext_trigger before insert or update on film for each row execute function tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
create trigger last_updated before update on film for each row execute function last_updated();
create view actor_info as select a.actor_id, a.first_name, group_concat(distinct c.name || ': ' || f.title) as film_info
  from actor a left join film_actor fa using (actor_id) left join film_category fc using (film_id) left join category c using (category_id) left join film f using (film_id) group by a.actor_id, a.first_name;
create view sales_by_store as select s.store_id, sum(p.amount) as total_sales from payment p join staff using (staff_id) join store s using (store_id) group by s.store_id;
create materialized view rental_by_category as select c.name as category, sum(p.amount) as total_sales from payment p join rental r using (rental_id) join inventory i using (inventory_id) join film_category fc using (film_id) join category c using (category_id) group by c.name with no data;
create unique index rental_category on rental_by_category (category);
create function film_in_stock(p_film_id integer, p_store_id integer, out p_film_count integer) returns setof integer language sql as $_$ select inventory_id from inventory where film_id = $1 and store_id = $2 $_$;
insert into language (name) values ('English'), ('Italian'), ('Japanese');
insert into category (name) select 'Category ' || n from generate_series(1, 16) n;
insert into actor (first_name, last_name) select 'F' || n, 'L' || n from generate_series(1, 200) n;
insert into film (title, description, release_year, language_id, rating, special_features) select 'Film ' || n, 'A story of ' || n || ' dinosaurs', 2000 + n % 20, 1 + n % 3, (enum_range(null::mpaa_rating))[1 + n % 5], array['Trailers', 'Deleted Scenes'] from generate_series(1, 500) n;
insert into film_actor (actor_id, film_id) select 1 + n % 200, 1 + n / 4 from generate_series(1, 1990) n on conflict do nothing;
insert into film_category select n, 1 + n % 16 from generate_series(1, 500) n;
begin; insert into store (manager_staff_id) values (1), (2); insert into staff (first_name, store_id, picture) values ('Mike', 1, '\x89504e470d0a5a0a'), ('Jon', 2, null); commit;
insert into customer (store_id, first_name, email) select 1 + n % 2, 'C' || n, 'c' || n from generate_series(1, 300) n;
insert into inventory (film_id, store_id) select 1 + n % 500, 1 + n % 2 from generate_series(1, 1500) n;
insert into rental (rental_date, inventory_id, customer_id, return_date, staff_id) select timestamptz '2022-01-01 UTC' + n * interval '1 hour', n, 1 + n % 300, null, 1 + n % 2 from generate_series(1, 1500) n;
insert into payment (customer_id, staff_id, rental_id, amount, payment_date) select customer_id, staff_id, rental_id, rental_id / 100.0, rental_date from rental;
refresh materialized view rental_by_category;
