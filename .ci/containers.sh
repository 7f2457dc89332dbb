#!/usr/bin/env bash
# usage: containers.sh FOLDER REPORT: runs tests on real containers, with a docker daemon and an image of its own, all in
# FOLDER, and writes vitest's JSON to REPORT. Ends with 3 where this machine cannot, and says why.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
folder=$1 report=$2 bridge_was_there=yes daemon=

leave_out() {
  printf 'Containers are left out: %s.\n' "$1"
  exit 3
}

clean_up() {
  if [ -n "$daemon" ]; then
    docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null 2>&1
    kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
    umount "$folder/docker/exec/netns/default" 2>/dev/null # containers on the host's network leave it
    [ "$bridge_was_there" = yes ] || ip link delete docker0 2>/dev/null
  fi
  rm -rf "$folder/root" "$folder/docker"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && [ "$(dpkg --print-architecture)" = amd64 ] || leave_out 'they need root on Debian, x64'
install_tools() { apt-get install -y -qq --no-install-recommends docker.io debootstrap iptables iproute2 openssl >"$folder/apt.log" 2>&1; }
for tool in dockerd docker debootstrap iptables ip openssl; do
  command -v $tool >/dev/null && continue
  install_tools || { apt-get update -qq >/dev/null 2>&1 && install_tools; } || leave_out 'docker.io and debootstrap could not be installed'
  break
done

ip link show docker0 >/dev/null 2>&1 || bridge_was_there=no
export DOCKER_HOST=unix://$folder/docker/sock DOCKER_BUILDKIT=0
mkdir -p "$folder/docker"
dockerd --data-root "$folder/docker/data" --exec-root "$folder/docker/exec" --pidfile "$folder/docker/pid" --host "$DOCKER_HOST" >"$folder/dockerd.log" 2>&1 &
daemon=$!
for _ in $(seq 100); do
  docker info >/dev/null 2>&1 && break
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.2
done
docker info >/dev/null 2>&1 || leave_out "a docker daemon does not start here: $(tail -1 "$folder/dockerd.log")"

test/containers/image/build.sh "$folder" pgm-test-postgres || exit 1
test/containers/image/build-pgm.sh "$folder/pgm" pgm-test-image || exit 1
export PGM_IMAGE=pgm-test-image
export TESTCONTAINERS_RYUK_DISABLED=true PGM_TEST_SERVERS=containers PGM_TEST_IMAGE=pgm-test-postgres
# One file at a time: a container that is restarted could find its address taken by one that was just started.
npx vitest run test/containers test/rights/aiven-extras.server.test.ts --maxWorkers=1 --reporter=default --reporter=json --outputFile.json="$report"
