# Processes of a cluster. Each one carries PORTCULLIS_CLUSTER in its environment, so that all of them are
# found even when this script was killed before it wrote a pid down.

clean_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The moment a process began (clock ticks since boot): tells it from a later one with the same pid.
began_at() { # PID
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  [ "$1" != Z ] && echo "${20}"
}

# define COMPONENT ARGV... remembers how a component is started.
define() {
  local component=$1
  shift
  printf '%s\0' "$@" >"$d/run/$component.argv"
}

# launch COMPONENT starts what was defined, in a session of its own.
launch() {
  local argv
  mapfile -d '' argv <"$d/run/$1.argv"
  (
    # An inherited lock would be held for as long as the component runs.
    [ -z "${cluster_lock-}" ] || exec {cluster_lock}>&-
    cd /
    # Bash starts background jobs with SIGINT ignored, which Pods would inherit.
    exec setsid env -i --default-signal=INT,QUIT "PATH=$clean_path" "HOME=${HOME:-/root}" "PORTCULLIS_CLUSTER=$d" "${argv[@]}" \
      </dev/null >>"$d/log/$1.log" 2>&1
  ) &
  disown
  echo "$! $(began_at $!)" >"$d/run/$1.pid"
}

pid_of() { # COMPONENT
  local pid began
  { read -r pid began <"$d/run/$1.pid"; } 2>/dev/null || return 1
  [ "$(began_at "$pid")" = "$began" ] && echo "$pid"
}

runs() { # COMPONENT
  pid_of "$1" >/dev/null
}

not_running() {
  local file component
  for file in "$d"/run/*.argv; do
    component=$(basename "$file" .argv)
    runs "$component" || echo "$component"
  done | paste -sd ' '
}

# A component of the node is a pair (nsenter and the program): the signal goes to their process group.
signal_component() { # COMPONENT SIGNAL
  local pid
  pid=$(pid_of "$1") && kill "-$2" -- "-$pid" 2>/dev/null
}

group_is_gone() { # PID; zombies have ended, some machines take their time to reap them
  ! pgrep -g "$1" --runstates D,R,S,T,t >/dev/null
}

stop_component() { # COMPONENT SIGNAL
  # An API server closes its port at once, but then keeps its open watches for up to a minute.
  local pid limit=20
  [ "$1" != apiserver ] || limit=5
  if ! pid=$(pid_of "$1"); then
    say "$1 of $name does not run"
    return
  fi
  if [ "$1" = node ]; then
    stop_node
    return
  fi
  signal_component "$1" "$2" || true
  signal_component "$1" CONT || true # a frozen one does not see a SIGTERM
  if ! within "$limit" group_is_gone "$pid"; then
    say "$1 of $name did not end within $limit s of SIG$2: killing it"
    kill -KILL -- "-$pid" 2>/dev/null || true
    within 5 group_is_gone "$pid" || die "$1 of $name cannot be killed"
  fi
  rm -f "$d/run/$1.pid"
}

start_component() { # COMPONENT
  if [ "$1" = node ]; then
    restart_node
    return
  fi
  case $1 in
    containerd | kubelet | proxy)
      runs node || die "the node of $name does not run: hack/cluster start $name node"
      define_in_node "$1"
      ;;
  esac
  launch "$1"
  await_component "$1"
}

# within SECONDS COMMAND... repeats the command until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# await SECONDS COMPONENT WHAT COMMAND... the same, with a message of what the command saw last.
await() {
  local limit=$1 component=$2 what=$3 end=$((SECONDS + $1)) seen
  shift 3
  until seen=$("$@" 2>&1); do
    runs "$component" || blame "$component" "$component of $name ended while waiting for $what"
    [ "$SECONDS" -lt "$end" ] || blame "$component" "waited $limit s for $what of $name; last saw: ${seen:-nothing}"
    sleep 0.05
  done
}

blame() { # COMPONENT MESSAGE
  say "--- last lines of $1.log"
  tail -n 8 "$d/log/$1.log" >&2 || true
  say "---"
  die "$2"
}

marked_processes() {
  grep -lsxzF "PORTCULLIS_CLUSTER=$d" /proc/[0-9]*/environ | cut -d/ -f3 || true
}

check_machine() { # NODE?
  local program missing=()
  for program in etcd openssl curl jq ip ss flock setsid pgrep; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  if [ -n "$1" ]; then
    for program in containerd ctr runc unshare nsenter iptables conntrack; do
      PATH=$PATH:$clean_path command -v "$program" >/dev/null || missing+=("$program")
    done
    [ -x /usr/lib/cni/ptp ] || missing+=("the CNI plugins in /usr/lib/cni")
  fi
  [ ${#missing[@]} -eq 0 ] || die "missing: ${missing[*]}; run hack/install-deps"
  case $state/ in /run/* | /var/run/* | /var/lib/* | /var/log/*) die "PORTCULLIS_STATE=$state: a node has its own /run, /var/lib and /var/log; choose another place" ;; esac
}
