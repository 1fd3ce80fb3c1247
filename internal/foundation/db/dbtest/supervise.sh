#!/bin/sh
# Runs the PostgreSQL server of the tests and stops it when nobody has used it
# for a minute. Every test program holds a shared lock on the file "users" while
# it lives; who can lock it exclusively is alone.
#
# Arguments: folder of the programs, folder of the cluster, port, file "users".
bin=$1 cluster=$2 port=$3
exec 9<"$4"

"$bin/postgres" -D "$cluster" -p "$port" 9<&- &
server=$!

quiet=0
while kill -0 "$server" 2>/dev/null; do
	sleep 1 9<&-
	if flock --nonblock --exclusive 9; then
		quiet=$((quiet + 1))
		# The lock stays: newcomers wait until this server is gone.
		[ "$quiet" -ge 60 ] && break
		flock --unlock 9
	else
		quiet=0
	fi
done

kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$cluster"
