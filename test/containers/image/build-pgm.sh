#!/usr/bin/env bash
# usage: build-pgm.sh FOLDER TAG: makes the image of examples/container/Dockerfile with pgm as it is here. Its base is the
# image of build.sh with this machine's node and npm, since no image can be pulled everywhere. FOLDER is for the work.
set -euo pipefail
work=$1 tag=$2 here=$(cd "$(dirname "$0")/../../.." && pwd)
mkdir -p "$work/base" "$work/context"
cp "$(command -v node)" "$work/base/node"
cp -aL "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$work/base/npm"
# Registries behind an authority of the machine's own.
cp "${NODE_EXTRA_CA_CERTS:-/dev/null}" "$work/base/ca.crt"
cat >"$work/base/Dockerfile" <<'EOF'
FROM pgm-debian-base
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca.crt /usr/local/share/ca.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
EOF
[ ! -s "$work/base/ca.crt" ] || echo 'ENV NODE_EXTRA_CA_CERTS=/usr/local/share/ca.crt npm_config_cafile=/usr/local/share/ca.crt' >>"$work/base/Dockerfile"
docker build --quiet --tag pgm-node-base "$work/base" >/dev/null
cp "$here/examples/container/Dockerfile" "$work/context"
(cd "$here" && npm pack --silent --pack-destination "$work/context" >/dev/null)
package=$(basename "$work"/context/pgm-migrate-*.tgz)
docker build --quiet --network host --build-arg BASE=pgm-node-base --build-arg CLIENT_PACKAGE=postgresql-client \
  --build-arg PGM="./$package" --tag "$tag" "$work/context" >/dev/null
