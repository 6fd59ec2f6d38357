# Shared by the scripts of this folder: where things are, and how they speak.

cache=${PORTCULLIS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portcullis}

say() { echo "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}
