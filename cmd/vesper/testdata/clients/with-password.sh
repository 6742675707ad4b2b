#!/bin/sh
# Starts a program in a session with a keyring that has one password: with-password.sh
# 'ATTRIBUTE VALUE …' PROGRAM…
attributes=$1
shift
printf secret | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null &
# Who asked for the keyring before it is there would get another, which is locked.
until dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
	org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets >/dev/null 2>&1; do sleep 0.1; done
# shellcheck disable=SC2086 # the attributes are words
until printf secret | timeout 3 secret-tool store --label=Ines $attributes; do :; done
exec "$@"
