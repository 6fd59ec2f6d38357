# Finds Go; needs lib/common.sh.

go_minimum=${GO_MINIMUM:-24} # of Go 1.x: Kubernetes 1.34 asks for 24

# find_go prints the newest-enough go program's path; it fails silently if there is none.
find_go() {
  local go minor
  for go in "$(command -v go || true)" /usr/local/go/bin/go "$cache/go/bin/go" /usr/lib/go-1.*/bin/go; do
    [ -x "$go" ] || continue
    minor=$(GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    if [ "${minor:-0}" -ge "$go_minimum" ]; then
      echo "$go"
      return
    fi
  done
  return 1
}
