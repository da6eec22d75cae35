#!/bin/sh
# Tells an agent at its start which tools of the library fit its project: one prepared file. Silent, and never fails.
umask 077
# A limit on the size of files is then an error of printf, and not the end of this shell.
command trap '' XFSZ 2>/dev/null
command exec 2>/dev/null
case ${SKILLSTRATA_WARM_START_ENABLED:-yes} in 0 | [nNfF]* | [oO][fF]*) exit 0 ;; esac
warm=@WARM@
[ -d "$warm" ] || exit 0
PATH=${PATH:+$PATH:}/usr/bin:/bin
# The beginning alone: a shell takes time with the square of a text's length to look for a word in it.
payload=$({ head -c 2048 && cat >/dev/null; } 2>/dev/null)
# The session's name, so that it is known later what it was shown.
session=${payload#*\"session_id\":}
[ "$session" != "$payload" ] || session=
session=${session#*\"}
session=${session%%\"*}
case $session in '' | *[!A-Za-z0-9._-]*) session=- ;; esac
cd -P -- "${CLAUDE_PROJECT_DIR:-.}" >/dev/null 2>&1 || exit 0
file=$warm/any.start
dir=$PWD
while [ -n "$dir" ]; do
    if [ -r "$warm/by-folder$dir/.start" ]; then
        file=$warm/by-folder$dir/.start
        break
    fi
    # What lies above a repository belongs to something else.
    [ ! -e "$dir/.git" ] || break
    dir=${dir%/*}
done
# What is no plain file, or not what was prepared, is told to nobody.
[ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ] || exit 0
LC_ALL=C head -c 65536 <"$file" | {
    IFS= read -r names && IFS= read -r text || exit 0
    case $names in '' | *[!A-Za-z0-9._,\ -]*) exit 0 ;; esac
    case $text in
        '{"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": "'*'"}}') ;;
        *) exit 0 ;;
    esac
    printf '%s\n' "$text" || exit 0
    [ ! -L "$warm/shown" ] || exit 0
    [ ! -e "$warm/shown" ] || [ -f "$warm/shown" ] || exit 0
    printf '%s %s\n' "$session" "$names" >>"$warm/shown"
} 2>/dev/null
exit 0
