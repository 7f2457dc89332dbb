-- Written from the documented signatures alone; each runs as the superuser who created the extension.

create function aiven_extras.pg_create_publication(arg_publication_name text, arg_publish text, variadic arg_tables text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create publication %I for table %s with (publish = %L)', arg_publication_name, array_to_string(arg_tables, ', '), arg_publish);
  execute format('alter publication %I owner to %I', arg_publication_name, session_user);
exception when insufficient_privilege then
  -- As the real one: only a superuser may hand a publication to someone without CREATE on the database.
  execute format('grant create on database %I to %I', current_database(), session_user);
  execute format('alter publication %I owner to %I', arg_publication_name, session_user);
end $$;

create function aiven_extras.pg_create_subscription(arg_subscription_name text, arg_connection_string text, arg_publication_name text, arg_slot_name text, arg_slot_create boolean default false, arg_copy_data boolean default true) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create subscription %I connection %L publication %I with (slot_name = %L, create_slot = %L, copy_data = %L)', arg_subscription_name, arg_connection_string, arg_publication_name, arg_slot_name, arg_slot_create::text, arg_copy_data::text);
end $$;

create function aiven_extras.pg_alter_subscription_enable(arg_subscription_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin execute format('alter subscription %I enable', arg_subscription_name); end $$;

create function aiven_extras.pg_alter_subscription_disable(arg_subscription_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin execute format('alter subscription %I disable', arg_subscription_name); end $$;

create function aiven_extras.pg_alter_subscription_refresh_publication(arg_subscription_name text, arg_copy_data boolean default true) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin execute format('alter subscription %I refresh publication with (copy_data = %L)', arg_subscription_name, arg_copy_data::text); end $$;

create function aiven_extras.pg_drop_subscription(arg_subscription_name text, arg_drop_slot boolean default true) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter subscription %I disable', arg_subscription_name);
  if not arg_drop_slot then execute format('alter subscription %I set (slot_name = none)', arg_subscription_name); end if;
  execute format('drop subscription %I', arg_subscription_name);
end $$;

create function aiven_extras.pg_list_all_subscriptions() returns setof pg_subscription
language sql security definer set search_path = pg_catalog, pg_temp as $$ select * from pg_subscription $$;

create function aiven_extras.session_replication_role(arg_parameter text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format('set session_replication_role = %L', arg_parameter);
  return current_setting('session_replication_role');
end $$;

create view aiven_extras.pg_stat_replication as select * from pg_catalog.pg_stat_replication;
grant usage on schema aiven_extras to public;
grant select on aiven_extras.pg_stat_replication to public;
