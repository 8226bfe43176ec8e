# Prepares the machine and builds. Sourced by run.sh and test.sh, which set `root` (the checkout).
#
# A stamp in build/ remembers that the machine was checked, so that a second start goes straight to
# ninja. Everything said here goes to stderr: stdout belongs to the program that is started.

# What one checkout compiled serves another: its place is no part of what ccache goes by.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

me=$(basename -- "$0")
rust_version=1.95

build_packages=(g++ cmake ninja-build ccache ca-certificates
                libboost1.81-dev libfmt-dev nlohmann-json3-dev libcli11-dev
                libtomlplusplus-dev libsecp256k1-dev perl make
                libzstd-dev libsqlite3-dev libpq-dev)
test_packages=(libgtest-dev libgmock-dev python3 postgresql)
# What builds for WebAssembly: the built-in modules, which are missing without it, and guests and
# the browser's parts in tests, which are skipped then; npm adds one guest in AssemblyScript.
guest_packages=(clang-19 lld-19 wasi-libc libc++-19-dev-wasm32 libc++abi-19-dev-wasm32
                libclang-rt-19-dev-wasm32)

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "$@"; exit 1; }
trap 'echo >&2; say "stopped; start it again to continue from here"; exit 130' INT

# prepare build|test: makes sure that the machine has what building (and testing) needs.
prepare() {
  local stamp="$root/build/.machine-$1" key
  PATH="${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH"
  key=$(cat "$root/tools/setup.sh" /etc/os-release 2>/dev/null | sha256sum)
  [[ -f $stamp && $(<"$stamp") == "$key" ]] && return

  say "checking what this machine has"
  if command -v apt-get >/dev/null; then install_packages "$1"; fi
  has_rust || install_rust
  check_tools
  mkdir -p "$root/build"
  printf '%s\n' "$key" >"$stamp"
}

# Installing changes the machine: root and CI have decided already, anybody else is asked.
may_change_machine() {
  if ((EUID == 0)) || [[ -n ${CI:-} ]]; then return 0; fi
  [[ -t 0 ]] || return 1
  local answer
  read -rp "$me: $1 [y/N] " answer
  [[ $answer == [yY]* ]]
}

# The packages among the arguments that are not installed.
missing_packages() {
  (($#)) || return 0
  local installed package
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package; do
    grep -qxF "installed $package" <<<"$installed" || echo "$package"
  done
}

install_packages() {
  local needed=("${build_packages[@]}") wanted=("${guest_packages[@]}") missing optional all sudo=
  [[ $1 == build ]] || needed+=("${test_packages[@]}")
  has_rust || needed+=(curl)
  mapfile -t missing < <(missing_packages "${needed[@]}")
  mapfile -t optional < <(missing_packages "${wanted[@]}")
  all=("${missing[@]}" "${optional[@]}")
  ((${#all[@]})) || return 0

  if ((EUID != 0)) && command -v sudo >/dev/null; then sudo="sudo "; fi
  if { ((EUID != 0)) && [[ -z $sudo ]]; } ||
     ! may_change_machine "install ${all[*]} with apt-get?"; then
    say "packages are missing. To install them, as root:"
    say "  ${sudo}apt-get update"
    say "  ${sudo}apt-get install --no-install-recommends ${all[*]}"
    ((!${#missing[@]})) || exit 1
    say "going on without them: the built-in modules will be missing, and tests that build for WebAssembly skipped"
    return 0
  fi

  say "installing packages, a minute or two: ${all[*]}"
  $sudo apt-get -q update </dev/null ||
    say "the package lists could not be updated; trying those at hand"
  ((!${#missing[@]})) || apt_install "${missing[@]}" ||
    die "apt-get could not install the packages (see above); without them nothing can be built"
  ((!${#optional[@]})) || apt_install "${optional[@]}" ||
    say "not to be had here: ${optional[*]}. The built-in modules will be missing, and tests that build for WebAssembly skipped."
}

apt_install() {
  $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" </dev/null
}

at_least() { [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

has_rust() {
  local version
  version=$(cd "$root" && cargo --version >/dev/null 2>&1 && rustc --version 2>/dev/null) ||
    return 1
  version=${version#rustc }
  at_least "${version%% *}" "$rust_version"
}

# With rustup at hand only this checkout gets the newer compiler; the user's default stays.
install_rust() {
  local commands question
  if command -v rustup >/dev/null; then
    question="install Rust $rust_version with rustup, for this directory?"
    commands="rustup toolchain install $rust_version --profile minimal --no-self-update &&
  rustup override set $rust_version --path '$root'"
  else
    question="install Rust from https://sh.rustup.rs into ${CARGO_HOME:-$HOME/.cargo}?"
    commands="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
  sh -s -- -y --profile minimal --no-modify-path"
  fi
  if may_change_machine "$question"; then
    say "installing Rust, about a minute"
    bash -o pipefail -c "$commands" </dev/null && has_rust && return
    say "Rust could not be installed (see above)"
  fi
  say "Rust $rust_version or later is needed (cargo and rustc). To install it:"
  printf '  %s\n' "$commands" >&2
  exit 1
}

# need NAME MINIMUM FOUND: adds to `lacking` unless FOUND is new enough.
need() {
  if [[ -z $3 ]]; then
    lacking+=("$1 $2 or later")
  elif ! at_least "$3" "$2"; then
    lacking+=("$1 $2 or later (found $3)")
  fi
}

check_tools() {
  local lacking=()
  [[ -n ${CXX:-} ]] || need g++ 12 "$(g++ -dumpfullversion 2>/dev/null || true)"
  need cmake 3.25 "$(cmake --version 2>/dev/null | awk 'NR == 1 { print $3 }' || true)"
  need ninja 1.10 "$(ninja --version 2>/dev/null || true)"
  ((!${#lacking[@]})) && return
  say "these tools are missing; install them (and the libraries fmt, nlohmann-json, CLI11, toml++):"
  printf '  %s\n' "${lacking[@]}" >&2
  exit 1
}

# One build in this checkout at a time; the lock ends with the calling (sub)shell.
lock_build() {
  trap 'exit 130' INT
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock -n 9 || { say "another build is at work in this checkout: waiting for it"; flock 9; }
}

# build PRESET [TARGET…]: brings build/PRESET up to date, silently when it is.
build() {
  local preset=$1 dir="$root/build/$1"
  shift
  configure "$preset"
  ninja -C "$dir" "$@" </dev/null 2>&1 | show_progress "$preset" ||
    give_up "build/$preset did not build (see above)"
}

# Configures when that was never done, or for other presets, or in another place.
configure() {
  local dir="$root/build/$1" mark="$root/build/$1/.configured" fresh=()
  [[ $mark -nt $root/CMakePresets.json && $(<"$mark") == "$root" ]] && return

  say "configuring build/$1 (the first time on a machine builds Wasmtime: 9 minutes on two cores)"
  if [[ -f $dir/CMakeCache.txt ]] &&
     ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
    fresh=(--fresh)
  fi
  (cd "$root" && cmake --preset "$1" "${fresh[@]}" </dev/null) ||
    give_up "build/$1 could not be configured (see above)"
  printf '%s\n' "$root" >"$mark"
}

# The machine may have changed: the next start looks at it again.
give_up() { rm -f "$root"/build/.machine-*; die "$@"; }

show_progress() {
  local line announced=
  while IFS= read -r line; do
    case $line in
      "ninja: Entering directory"* | "ninja: no work to do." | *"Re-checking globbed"*) continue ;;
    esac
    [[ $announced ]] || say "building build/$1 (from scratch: three or four minutes on two cores)"
    announced=yes
    printf '%s\n' "$line"
  done
}
