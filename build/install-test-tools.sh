#!/usr/bin/env bash
# Installs what the tests need and this machine lacks, from Debian's packages:
# a PostgreSQL server (15 or later), Chromium without windows, and two programs
# by others that know authenticator codes: oathtool and zbarimg. What is there is
# left alone. The tests start servers of their own; they use none that runs already.
set -euo pipefail

postgresql_at_hand() {
	local server version
	for server in /usr/lib/postgresql/*/bin/postgres; do
		[ -x "$server" ] || continue
		version=${server#/usr/lib/postgresql/}
		[ "${version%%/*}" -ge 15 ] && return 0
	done
	return 1
}

# Any of these browsers will do, only that the one without windows needs half the time.
chromium_at_hand() {
	local name
	for name in chromium-headless-shell chromium chromium-browser google-chrome; do
		command -v "$name" >/dev/null && return 0
	done
	return 1
}

all_at_hand() {
	postgresql_at_hand && chromium_at_hand && command -v oathtool >/dev/null && command -v zbarimg >/dev/null
}

# Ends with success where the tests can run as things are.
give_up() {
	if all_at_hand; then
		echo "$1 The tests go on with the Chromium that is here, and take longer."
		exit 0
	fi
	echo "$1" >&2
	echo "The tests need PostgreSQL 15 or later (its programs under /usr/lib/postgresql/VERSION/bin), Chromium, oathtool and zbarimg. Install them by hand, then try again." >&2
	exit 1
}

missing=()
postgresql_at_hand || missing+=(postgresql)
command -v chromium-headless-shell >/dev/null || missing+=(chromium-headless-shell)
command -v oathtool >/dev/null || missing+=(oathtool)
command -v zbarimg >/dev/null || missing+=(zbar-tools)
if [ ${#missing[@]} -eq 0 ]; then
	echo "PostgreSQL, Chromium, oathtool and zbarimg are here; nothing to install."
	exit 0
fi

command -v apt-get >/dev/null || give_up "${missing[*]} cannot be installed: this system has no apt-get."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || give_up "Only root can run: apt-get install ${missing[*]}"
	as_root=(sudo)
fi

echo "Installing ${missing[*]} from Debian's packages (apt-get). This changes the system."
{
	"${as_root[@]}" apt-get update --quiet
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
} || give_up "apt-get could not install ${missing[*]}."
all_at_hand || give_up "After the installation something is still missing."
