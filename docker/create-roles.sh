#!/bin/sh
# Runs once, on an empty database folder: one role owns the tables, the other works with them and can't rewrite the change log.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$ROLLCALL_OWNER_PASSWORD" -v app="$ROLLCALL_APP_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
create role rollcall_owner login password :'owner';
create role rollcall_app login password :'app';
create database rollcall owner rollcall_owner encoding 'UTF8' locale 'C.UTF-8' template template0;
SQL
