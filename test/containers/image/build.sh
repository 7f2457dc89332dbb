#!/usr/bin/env bash
# usage: build.sh FOLDER TAG: makes an image with Debian's PostgreSQL out of Debian's packages, nothing is pulled.
# FOLDER is for the work and may be removed afterwards. As root on Debian, with debootstrap and a docker daemon.
set -euo pipefail
root=$1/root tag=$2
mirror=$(grep -rhoE '^(URIs:|deb) +https?://[^ ]*debian/? ?' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | grep -v security | grep -oE 'https?://[^ ]+' | head -1 || true)
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase --include=postgresql "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" >"$1/debootstrap.log" 2>&1 || {
  tail -20 "$1/debootstrap.log" >&2
  exit 1
}
# Compiling queries would bring another 100 MB.
tar -C "$root" --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='./var/cache/apt' --exclude='./var/lib/apt/lists' --exclude='./usr/lib/x86_64-linux-gnu/libLLVM*' --exclude='./usr/lib/postgresql/*/lib/bitcode' -c . | docker import - pgm-debian-base >/dev/null
docker build --quiet --tag "$tag" "$(dirname "$0")" >/dev/null
