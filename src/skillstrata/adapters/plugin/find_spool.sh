# The data directory is found now, as the program finds it: this file serves whoever starts the client.
data=${SKILLSTRATA_DATA_DIR:-${DISTILLER_DATA_DIR:-}}
if [ -z "$data" ] && [ -d "${HOME:-/dev/null}/Library/Application Support" ]; then
    data="$HOME/Library/Application Support/skillstrata"
elif [ -z "$data" ]; then
    data=${XDG_DATA_HOME:-${HOME:-/dev/null}/.local/share}/skillstrata
fi
case $data in "~/"*) data=${HOME:-/dev/null}/${data#"~/"} ;; esac
spool=$data/spool
# Made as `skillstrata init` makes it: whoever switched the plugin on wants the events. Only ever under a full path.
case ${SKILLSTRATA_SPOOL:-}$spool in
/*) [ -d "$spool/new" ] && [ -d "$spool/tmp" ] || [ -n "${SKILLSTRATA_SPOOL:-}" ] ||
    mkdir -p "$spool/tmp" "$spool/new" "$spool/quarantine" >/dev/null 2>&1 ;;
*) spool=/dev/null ;;
esac
