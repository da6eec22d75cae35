#!/bin/sh
# Starts the background process of skillstrata where none runs. Silent, never fails, and nobody waits for it.
pid=
{ IFS= read -r pid <@PID@; } 2>/dev/null
case $pid in '' | *[!0-9]*) ;; *) kill -0 "$pid" 2>/dev/null && exit 0 ;; esac
set -- @PROGRAM@ daemon start --if-wanted --quiet
# A session of its own: a client that ends takes the processes of its hooks with it.
if command -v setsid >/dev/null 2>&1; then set -- setsid "$@"; fi
("$@" &) </dev/null >/dev/null 2>&1
exit 0
