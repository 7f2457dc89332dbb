-- What 1.1.20 changed: nothing is for everybody any more, and from 16 on subscriptions are made with the caller's rights.

revoke execute on function
  aiven_extras.pg_create_publication(text, text, text[]), aiven_extras.pg_create_subscription(text, text, text, text, boolean, boolean),
  aiven_extras.pg_alter_subscription_enable(text), aiven_extras.pg_alter_subscription_disable(text),
  aiven_extras.pg_alter_subscription_refresh_publication(text, boolean), aiven_extras.pg_drop_subscription(text, boolean),
  aiven_extras.pg_list_all_subscriptions(), aiven_extras.session_replication_role(text)
from public;

do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    alter function aiven_extras.pg_create_subscription(text, text, text, text, boolean, boolean) security invoker;
    alter function aiven_extras.pg_alter_subscription_enable(text) security invoker;
    alter function aiven_extras.pg_alter_subscription_disable(text) security invoker;
    grant execute on function aiven_extras.pg_create_subscription(text, text, text, text, boolean, boolean),
      aiven_extras.pg_alter_subscription_enable(text), aiven_extras.pg_alter_subscription_disable(text) to public;
  end if;
end $$;
