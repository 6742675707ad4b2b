#!/bin/sh
# Starts a program in a session with a keyring that has one password: with-password.sh
# 'ATTRIBUTE VALUE …' PROGRAM…
attributes=$1
shift
printf secret | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null &
# shellcheck disable=SC2086 # the attributes are words
until printf secret | timeout 3 secret-tool store --label=Ines $attributes; do :; done
exec "$@"
