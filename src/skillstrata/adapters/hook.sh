#!/bin/sh
# Hands one event to skillstrata: standard input becomes one file in the spool. Silent, and never fails.
umask 077
# A limit on the size of files is then an error of cat, and not the end of this shell.
command trap '' XFSZ 2>/dev/null
spool=@SPOOL@
cd -- "${SKILLSTRATA_SPOOL:-$spool}" >/dev/null 2>&1 || { cat >/dev/null 2>&1; exit 0; }
# The spool may take no more room; what is left out is counted like what could not be written.
[ ! -e full ] || { { echo >>dropped; } 2>/dev/null; cat >/dev/null 2>&1; exit 0; }
if IFS= read -r name 2>/dev/null </proc/sys/kernel/random/uuid; then
    file=tmp/$name
else
    file=$(mktemp tmp/XXXXXXXXXXXXXXXX 2>/dev/null) || file=tmp/$$
fi
# Not `:` for the mark: a special builtin whose redirection fails ends the shell with status 2, which blocks the agent.
{ cat >"$file" && mv "$file" new/ || { echo >>dropped; cat >/dev/null; }; } 2>/dev/null
exit 0
