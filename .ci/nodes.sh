# Sourced by `run`: newer Nodes from npm, whose WebAssembly multiplies bytes, once installed and
# kept. Their paths stand in DPQUANT_NODES, one after the other with colons between them; those that
# cannot be installed are left out.

DPQUANT_NODES=''
for version in 22.23.3 24.21.0; do
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/dpquant/node-$version"
  binary="$folder/node_modules/.bin/node"
  if [[ "$("$binary" --version 2>/dev/null)" != "v$version" ]]; then
    npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "node@$version" >/dev/null ||
      echo "Node $version could not be installed: nothing is tested on it."
  fi
  if [[ "$("$binary" --version 2>/dev/null)" == "v$version" ]]; then
    DPQUANT_NODES="$DPQUANT_NODES${DPQUANT_NODES:+:}$binary"
  fi
done
export DPQUANT_NODES
echo "Newer Nodes: ${DPQUANT_NODES:-none}"
