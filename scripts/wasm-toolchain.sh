#!/usr/bin/env bash
# Prints the name of a rustup toolchain that can build for wasm32-unknown-unknown, making one where
# there is none. Everything but the name goes to standard error.
#
#   RUSTUP_TOOLCHAIN=$(scripts/wasm-toolchain.sh) trunk build --release
#
# In this order:
# 1. the active toolchain, where it has the target;
# 2. a toolchain that step 4 made on an earlier run;
# 3. the active toolchain, after `rustup target add`: the way on most machines;
#    WASM_TOOLCHAIN_NO_RUSTUP_DOWNLOAD=1 leaves it out;
# 4. Debian's rustc-web, unpacked into a cache folder (nothing is installed), with the standard
#    library for wasm32 built from Debian's own sources and the whole linked as a toolchain.
set -euo pipefail

name=${WASM_TOOLCHAIN_NAME:-debian-wasm}
dir=${WASM_TOOLCHAIN_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/$name-toolchain}
target=wasm32-unknown-unknown
recipe=1 # Counting it up rebuilds the toolchain everywhere.

log() { echo "wasm-toolchain: $*" >&2; }
fail() { log "$*"; exit 1; }

# Whether the toolchain $1 holds a standard library for the target.
has_target() {
  local libdir
  libdir=$(RUSTUP_TOOLCHAIN=$1 rustc --print target-libdir --target "$target" 2>/dev/null) || return 1
  compgen -G "$libdir/libstd-*.rlib" >/dev/null
}

# What the toolchain of step 4 was made from.
stamp() { echo "recipe $recipe; $(LD_LIBRARY_PATH=$dir/lib "$dir/bin/rustc" --version 2>/dev/null || echo none)"; }

# The version of the Debian package $1 that apt would install; empty where apt knows none.
candidate() { apt-cache policy "$1" | awk '/Candidate:/ && $2 != "(none)" { print $2 }'; }

command -v rustup >/dev/null || fail "rustup is needed: see the README"
# Asked outside of any folder with an override of its own.
active=${RUSTUP_TOOLCHAIN:-$(cd / && rustup show active-toolchain | cut -d' ' -f1)}

if has_target "$active"; then echo "$active"; exit 0; fi
if [ -f "$dir/.stamp" ] && [ "$(cat "$dir/.stamp")" = "$(stamp)" ] && has_target "$name"; then
  echo "$name"; exit 0
fi
if [ -z "${WASM_TOOLCHAIN_NO_RUSTUP_DOWNLOAD:-}" ]; then
  log "rustup target add $target"
  if timeout 300 rustup target add --toolchain "$active" "$target" >&2; then echo "$active"; exit 0; fi
  log "rustup could not download the target; assembling a toolchain from Debian's packages"
fi

command -v apt-get >/dev/null || fail "no apt-get here: add the target $target to rustup's $active"
for tool in dpkg-deb git cc; do
  command -v "$tool" >/dev/null || fail "$tool is needed: apt-get install dpkg git gcc"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 1. The packages. rustc-web names the libraries it needs with its own version in their names.
version=$(candidate rustc-web)
if [ -z "$version" ]; then
  [ "$(id -u)" != 0 ] || apt-get -o DPkg::Lock::Timeout=300 update >&2
  version=$(candidate rustc-web)
fi
[ -n "$version" ] || fail "apt knows no rustc-web: run apt-get update as root"
std=libstd-rust-web-$(echo "$version" | cut -d. -f1-2)
llvm=$(apt-cache show "$std=$version" | grep -oE 'libllvm[0-9]+' | head -n 1)
log "downloading rustc-web $version, $std and $llvm"
mkdir "$work/debs" "$work/root"
(cd "$work/debs" && apt-get -o APT::Sandbox::User=root download "rustc-web=$version" \
  "libstd-rust-web-dev=$version" "$std=$version" "rust-web-src=$version" \
  "rust-web-clippy=$version" "$llvm" >&2)
for deb in "$work"/debs/*.deb; do
  case $deb in
    */rust-web-src*) # Only the standard library, not the compiler.
      dpkg-deb --fsys-tarfile "$deb" |
        tar -x -C "$work/root" --wildcards './usr/src/rustc-*/library/*' './usr/lib/rustlib/src' ;;
    *) dpkg-deb -x "$deb" "$work/root" ;;
  esac
done

# 2. The layout that rustup expects. Its proxies put <toolchain>/lib on the library path, and rustc
#    takes its sysroot from the folder above librustc_driver.
root=$work/root/usr
host=$(RUSTUP_TOOLCHAIN=$active rustc -vV | sed -n 's/^host: //p')
multiarch=$(basename "$(dirname "$(find "$root/lib" -name 'librustc_driver-*.so' | head -n 1)")")
rm -rf "$dir"
mkdir -p "$dir/bin" "$dir/lib/rustlib/$host/bin" "$dir/lib/rustlib/src/rust" "$dir/src"
cp -a "$root/bin/rustc" "$root/bin/rustdoc" "$root/bin/cargo-clippy" "$root/bin/clippy-driver" "$dir/bin/"
cp -aL "$root/lib/$multiarch"/librustc_driver-*.so "$root/lib/$multiarch"/libLLVM.so.* "$dir/lib/"
cp -aL "$root/lib/rustlib/$host/lib" "$dir/lib/rustlib/$host/"
mv "$root"/src/rustc-*/library "$dir/src/library"
ln -sfn "$dir/src/library" "$dir/lib/rustlib/src/rust/library"
# Cargo and the linker of the active toolchain serve this one too.
sysroot=$(RUSTUP_TOOLCHAIN=$active rustc --print sysroot)
ln -sfn "$sysroot/bin/cargo" "$dir/bin/cargo"
lld=lib/rustlib/$host/bin/rust-lld
[ ! -x "$sysroot/$lld" ] || ln -sfn "$sysroot/$lld" "$dir/$lld"
missing=$(LD_LIBRARY_PATH=$dir/lib ldd "$dir/bin/rustc" | awk '/not found/ { print $1 }')
[ -z "$missing" ] || fail "missing libraries: $missing (apt-get install libz3-4 libxml2 libedit2 libffi8)"
rustup toolchain link "$name" "$dir" >&2

# 3. The standard library. RUSTC_BOOTSTRAP admits -Z build-std in a release compiler, here only.
#    The bitcode is kept for those who link with LTO.
log "building the standard library for $target with $(RUSTUP_TOOLCHAIN=$name rustc --version): a minute or two"
mkdir -p "$work/seed/src"
echo '#![no_std]' >"$work/seed/src/lib.rs"
printf '[package]\nname = "std-seed"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/seed/Cargo.toml"
(cd "$work/seed" &&
  env -u CARGO_TARGET_DIR -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET \
    RUSTUP_TOOLCHAIN="$name" RUSTC_BOOTSTRAP=1 \
    CARGO_TARGET_DIR="$work/target" CARGO_HOME="$work/cargo-home" CARGO_PROFILE_RELEASE_DEBUG=0 \
    RUSTFLAGS="-Cembed-bitcode=yes --remap-path-prefix=$dir/src=/rust-src" \
    cargo build --offline --release --target "$target" \
    -Z build-std=std,panic_abort,panic_unwind,test,proc_macro \
    --config 'source.crates-io.replace-with="vendored"' \
    --config "source.vendored.directory=\"$dir/src/library/vendor\"" >&2)
libdir=$dir/lib/rustlib/$target/lib
mkdir -p "$libdir"
find "$work/target/$target/release/deps" -name 'lib*.rlib' ! -name 'libstd_seed-*' -exec cp {} "$libdir/" \;
stamp >"$dir/.stamp"
log "done: $(cat "$dir/.stamp")"
echo "$name"
