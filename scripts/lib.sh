# shellcheck shell=bash
# What the scripts share; sourced from the project's root.

# Where the tools are, and their versions. wasm-bindgen's has to equal the library's.
tools=${COUNTERSIGN_TOOLS:-$PWD/.tools}
trunk_version=0.21.14
cargo_deny_version=0.20.2
cargo_fuzz_version=0.13.2
wasm_bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
wasm_opt_version=$(sed -n 's/.*"binaryen": "\([0-9.]*\)".*/\1/p' scripts/wasm-opt/package.json)

# The tools come before whatever else of their names is installed.
for tool in "trunk-$trunk_version" "wasm-bindgen-$wasm_bindgen_version" "wasm-opt-$wasm_opt_version" "cargo-deny-$cargo_deny_version" "cargo-fuzz-$cargo_fuzz_version"; do
  export PATH="$tools/$tool/bin:$PATH"
done
unset tool

say() { echo "countersign: $*" >&2; }
fail() { say "$*"; exit 1; }

# The compiler for fuzzing: FUZZ_TOOLCHAIN, or rustup's nightly; nothing where there is none.
find_fuzz_toolchain() {
  local name=${FUZZ_TOOLCHAIN:-nightly}
  if rustup toolchain list | grep -q "^$name"; then echo "$name"; fi
}

# Installs exactly what the lock file in the folder $1 names.
npm_ci() { (cd "$1" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2); }

# The browser for the tests: CHROMIUM, or the first that is installed; nothing where there is none.
find_browser() {
  local name
  for name in ${CHROMIUM:-} chromium chromium-browser google-chrome; do
    if command -v "$name"; then return; fi
  done
}

# Builds the page in its shipped form into dist/.
build_page() {
  RUSTUP_TOOLCHAIN=$(scripts/wasm-toolchain.sh) trunk build --release --offline "$@" >&2
}
