# To be sourced: starts a gateway on free ports of this machine and stops it again.

ready_seconds_max=30
stop_seconds_max=40

# The first of five ports in a row that nobody has now.
free_ports() {
  local try base port
  for ((try = 0; try < 10; try++)); do
    base=$((20000 + RANDOM % 10000))
    for ((port = base; port < base + 5; port++)); do
      ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
    done
    echo "$base"
    return 0
  done
  echo 'found no free ports' >&2
  return 1
}

# Gives the sample in docs/conformance/sample other ports: those from $1 on. The fourth is that of its health.
use_ports() { # base file...
  local base=$1
  shift
  sed -i -e "s/\b8543\b/$base/g" -e "s/\b8544\b/$((base + 1))/g" -e "s/\b8580\b/$((base + 2))/g" \
    -e "s/\b9101\b/$((base + 3))/g" -e "s/\b9000\b/$((base + 4))/g" "$@"
}

is_ready() { # health port
  local answer
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 5 answer <&3 || return 1
  exec 3>&-
  [[ $answer == *" 200 "* ]]
}

# Whether a process has come to its end; one that nobody has waited for has too.
is_gone() { # process id
  kill -0 "$1" 2>/dev/null || return 0
  grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

stop_gateway() { # file with its process id
  local pid try
  pid=$(cat "$1")
  kill "$pid" 2>/dev/null || return 0
  for ((try = 0; try < stop_seconds_max * 10; try++)); do
    is_gone "$pid" && return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

# Starts a gateway and waits until it is ready. Its log, and the file with its process id, are beside its configuration.
run_gateway() { # binary, configuration file, health port
  local log=${2%.yaml}.log pid try
  "$1" serve --config "$2" </dev/null >>"$log" 2>&1 &
  pid=$!
  echo "$pid" >"${2%.yaml}.pid"
  for ((try = 0; ; try++)); do
    is_ready "$3" && return 0
    ! is_gone "$pid" || { echo 'the gateway stopped at start:' >&2; tail -n 20 "$log" >&2; return 1; }
    ((try < ready_seconds_max * 10)) || { echo "the gateway was not ready within $ready_seconds_max s" >&2; return 1; }
    sleep 0.1
  done
}

# As run_gateway, for the whole of a script.
start_gateway() { # binary, configuration file, health port
  pid_file=${2%.yaml}.pid
  : >"${2%.yaml}.log"
  trap 'stop_gateway "$pid_file"' EXIT
  run_gateway "$@"
}
