# Sourced by `run`: newer Nodes from npm, whose WebAssembly multiplies bytes. Their paths stand in DPQUANT_NODES, one
# after the other with colons between them; where they cannot be installed, it is empty.

newer_nodes=$(mktemp -d)
DPQUANT_NODES=''
for version in 22.23.3 24.21.0; do
  folder="$newer_nodes/$version"
  if npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "node@$version" >/dev/null; then
    DPQUANT_NODES="$DPQUANT_NODES${DPQUANT_NODES:+:}$folder/node_modules/.bin/node"
  else
    echo "Node $version could not be installed: nothing is tested on it."
  fi
done
export DPQUANT_NODES
echo "Newer Nodes: ${DPQUANT_NODES:-none}"
