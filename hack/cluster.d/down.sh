# Taking a cluster away, also one that was only half there.

kill_all() { # PIDS...
  [ $# -eq 0 ] || kill -KILL "$@" 2>/dev/null || true
}

remaining_processes() {
  { marked_processes; tasks_in_cgroups; } | sort -un | while read -r pid; do
    began_at "$pid" >/dev/null && echo "$pid"
  done || true
}

processes_are_gone() {
  local pids
  mapfile -t pids < <(remaining_processes)
  kill_all "${pids[@]}"
  [ ${#pids[@]} -eq 0 ]
}

mounts_below() {
  awk -v root="$d/" '{ if (index($5 "/", root) == 1) print $5 }' /proc/self/mountinfo | sort -r
}

unmount_all() {
  local point
  mounts_below | while read -r point; do
    umount "$point" 2>/dev/null || umount --lazy "$point" || true
  done
}

# destroy ends the selected cluster, removes all of it and checks that.
destroy() {
  find_bridge
  if [ ! -e "$d" ] && [ -z "${id-}" ] && [ -z "$(marked_processes)" ]; then
    return
  fi
  within 15 processes_are_gone || true
  remove_network
  remove_cgroups
  unmount_all
  local left
  left=$(leftovers)
  if [ -n "$left" ]; then
    say "of the cluster $name is left:"
    sed 's/^/  /' <<<"$left" >&2
    die "not all of $name could be removed; its files stay in $d, so that hack/cluster down $name can be tried again"
  fi
  rm -rf --one-file-system "$d"
  say "cluster $name is down"
}

leftovers() {
  local pid
  for pid in $(remaining_processes); do
    echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-120)"
  done
  mounts_below | sed 's/^/mount /'
  cgroups_of | sed 's/^/cgroup /'
  if [ -n "${id-}" ]; then
    local link
    for link in "$id" "${id}n"; do
      [ ! -e "/sys/class/net/$link" ] || [ "$(cat "/sys/class/net/$id/ifalias" 2>/dev/null || echo "$d")" != "$d" ] || echo "network link $link"
    done
  fi
}

# Bridges of clusters whose files were removed by hand.
remove_orphans() {
  local link
  for link in /sys/class/net/portcullis*[0-9]; do
    [ -f "$link/ifalias" ] || continue
    d=$(cat "$link/ifalias")
    [ -n "$d" ] && [ ! -e "$d" ] || continue
    (
      name=$(basename "$d")
      id=$(basename "$link")
      within 15 processes_are_gone || true
      remove_network
      remove_cgroups
      [ -z "$(leftovers)" ] || die "of $d is left: $(leftovers)"
      say "removed $id, whose files were gone"
    ) || return 1
  done
}
