# Sourced by `run`: Chromium, and with it a software driver for WebGPU (SwiftShader), from Debian
# where that can be. What is there is required of the tests then; what is not is skipped by them,
# unless the caller requires it by DPQUANT_REQUIRE_BACKENDS.

software_driver=/usr/lib/chromium/vk_swiftshader_icd.json

has_software_driver() {
  [[ -f "$software_driver" && "$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)" == *libvulkan.so.1* ]]
}

if ! has_software_driver && [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
  echo 'Installing Chromium and the Vulkan loader …'
  export DEBIAN_FRONTEND=noninteractive
  { timeout 300 apt-get update -qq &&
    timeout 600 apt-get install -y -qq --no-install-recommends chromium libvulkan1; } >/dev/null ||
    echo 'They could not be installed.'
fi

if has_software_driver; then
  export VK_ICD_FILENAMES="${VK_ICD_FILENAMES:-$software_driver}"
  export DPQUANT_REQUIRE_BACKENDS="${DPQUANT_REQUIRE_BACKENDS:-cpu,wasm,webgpu,chromium}"
  echo "Backends that have to run: $DPQUANT_REQUIRE_BACKENDS"
else
  echo 'No software driver for WebGPU: the tests that need one are skipped.'
fi
