# psycopg with a registered composite type, which it knows by its OID: places one order after the other until its input
# ends. Says "ok N", "open N CODE" (no answer that is certain) or "refused N CODE" of each. A new connection registers
# the type again, since its OID differs from server to server.
import select
import sys
import time

import psycopg
from psycopg.types.composite import CompositeInfo, register_composite

host, port = sys.argv[1:3]
certain = {"42501", "25006", "55P03", "53300", "57P03", "28000", "28P01", "3D000"}


def say(*words):
    print(*words, flush=True)


connection = None
n = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    n += 1
    try:
        if connection is None:
            connection = psycopg.connect(
                host=host, port=port, user="app", dbname="shop", autocommit=True, connect_timeout=10
            )
            register_composite(CompositeInfo.fetch(connection, "parcel"), connection)
    except psycopg.Error as error:
        say("refused", n, error.sqlstate or "cannot-connect")
        if connection is not None:
            connection.close()
        connection = None
        time.sleep(0.02)
        continue
    try:
        row = connection.execute(
            "insert into orders (client, n, parcel) values ('psycopg', %s, row(%s, 'box')::parcel) returning parcel",
            (n, n),
        ).fetchone()
        if row[0].weight != n:
            raise SystemExit(f"a parcel came back as {row[0]}")
        say("ok", n)
        time.sleep(0.002)
    except psycopg.Error as error:
        say("refused" if error.sqlstate in certain else "open", n, error.sqlstate or "lost")
        connection.close()
        connection = None
        time.sleep(0.02)
