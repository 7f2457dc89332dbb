#!/bin/bash
# The first start makes the cluster; a restart goes on with it.
set -euo pipefail
bin=$(echo /usr/lib/postgresql/*/bin)
user=${POSTGRES_USER:-postgres}
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}

as_postgres() { setpriv --reuid postgres --regid postgres --init-groups env HOME=/var/lib/postgresql "$@"; }

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
    echo 'POSTGRES_PASSWORD is not set' >&2
    exit 1
  fi
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  install -o postgres -g postgres -m 600 /dev/null /tmp/password
  printf '%s' "${POSTGRES_PASSWORD:-unused}" >/tmp/password
  as_postgres "$bin/initdb" -D "$PGDATA" -U "$user" --pwfile /tmp/password --auth-local trust --auth-host trust -E UTF8 --no-sync >/dev/null
  rm /tmp/password
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  if [ -n "${POSTGRES_DB:-}" ] && [ "$POSTGRES_DB" != postgres ]; then
    echo "create database \"$POSTGRES_DB\"" | as_postgres "$bin/postgres" --single -D "$PGDATA" postgres >/dev/null
  fi
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ -e "$script" ] && as_postgres bash "$script"
  done
fi
exec setpriv --reuid postgres --regid postgres --init-groups env HOME=/var/lib/postgresql "$bin/postgres" -D "$PGDATA"
