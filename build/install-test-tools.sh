#!/usr/bin/env bash
# Installs what the tests need and this machine lacks, from Debian's packages:
# a PostgreSQL server (15 or later), Chromium, and two programs by others that
# know authenticator codes: oathtool and zbarimg. What is there is left alone.
# The tests start servers of their own; they use none that runs already.
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

chromium_at_hand() {
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

missing=()
postgresql_at_hand || missing+=(postgresql)
chromium_at_hand || missing+=(chromium)
command -v oathtool >/dev/null || missing+=(oathtool)
command -v zbarimg >/dev/null || missing+=(zbar-tools)
if [ ${#missing[@]} -eq 0 ]; then
	echo "PostgreSQL, Chromium, oathtool and zbarimg are here; nothing to install."
	exit 0
fi

if ! command -v apt-get >/dev/null; then
	echo "The tests need ${missing[*]}, and this system has no apt-get." >&2
	echo "Install PostgreSQL 15 or later (its programs under /usr/lib/postgresql/VERSION/bin), Chromium, oathtool and zbarimg, then try again." >&2
	exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "The tests need ${missing[*]}. Run as root: apt-get install ${missing[*]}" >&2
		exit 1
	fi
	as_root=(sudo)
fi

echo "Installing ${missing[*]} from Debian's packages (apt-get). This changes the system."
"${as_root[@]}" apt-get update --quiet
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	apt-get install --quiet --yes --no-install-recommends "${missing[@]}"

if ! postgresql_at_hand || ! chromium_at_hand || ! command -v oathtool >/dev/null || ! command -v zbarimg >/dev/null; then
	echo "After the installation PostgreSQL 15, Chromium, oathtool or zbarimg is still missing. Install them by hand, then try again." >&2
	exit 1
fi
