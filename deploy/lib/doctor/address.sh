# shellcheck shell=bash
# Whether the chat can be reached: address, name, ports and clocks.

look_at_address() {
  fixed=$(stack_output Address)
  url=$(stack_output Url)
  [ -n "$url" ] || url=http://$(instance_address 2> /dev/null)
  host=${url#*://}
  [ -z "$fixed" ] || look_at_fixed_address
  [[ $host =~ ^[0-9.]+$ ]] || look_at_name
  look_at_port 80
  [[ $url != https://* ]] || look_at_port 443
}

look_at_fixed_address() {
  local owner allocation instance
  ask "the fixed address" ec2 describe-addresses --filters "Name=public-ip,Values=$fixed" \
    --query 'Addresses[0].[InstanceId, AllocationId]' || return 0
  read -r owner allocation <<< "$answer"
  if [ -z "$allocation" ] || [ "$allocation" = None ]; then
    wrong "the fixed address $fixed is not of this account any more" "deploy/cloud-chat take-down, then deploy/cloud-chat deploy"
  elif [ "$owner" = None ]; then
    instance=$(aws ec2 describe-instances --filters "Name=tag:Name,Values=$STACK" Name=instance-state-name,Values=running \
      --query 'Reservations[].Instances[].InstanceId | [0]' --output text 2> /dev/null) || instance=INSTANCE
    wrong "the instance has not taken the fixed address $fixed" "aws ec2 associate-address --allocation-id $allocation --instance-id $instance"
  else
    ok "the fixed address $fixed is that of $owner"
  fi
}

look_at_name() {
  local found others record="an A record" value=$fixed wanted
  [ -n "$value" ] || value=$(instance_address 2> /dev/null)
  wanted=$value
  if [ "$shape" = large ]; then
    find_balancer || return 0
    record="a CNAME record" value=$answer wanted=$(resolve "$answer")
  fi
  found=$(resolve "$host")
  others=$(printf '%s\n' "$found" | grep -vxF "$wanted")
  if [ -z "$found" ]; then
    wrong "the name $host has no address" "make $record of $host with the value $value where the domain is managed"
  elif [ "$others" = "$found" ] || { [ "$shape" != large ] && [ -n "$others" ]; }; then
    wrong "the name $host has the address $(one_line "$others"), which is not that of the chat" "let $host have $record with the value $value and no other; it can take an hour until all see that"
  else
    ok "the name $host has the address $(one_line "$found")"
  fi
}

one_line() {
  printf '%s' "$1" | tr '\n' ' '
}

# The IPv4 addresses of a name, with what CloudShell has (getent) or a Mac (dig, host).
resolve() {
  if command -v getent > /dev/null; then
    getent ahostsv4 "$1" | awk '{ print $1 }'
  elif command -v dig > /dev/null; then
    dig +short "$1" A | grep -E '^[0-9.]+$'
  elif command -v host > /dev/null; then
    host -t A "$1" | awk '/has address/ { print $NF }'
  fi | sort -u
}

# curl, whose only output is what --write-out says.
fetch() {
  curl --silent --output /dev/null --connect-timeout 5 --max-time 10 "$@"
}

look_at_port() {
  local scheme=http code
  [ "$1" = 80 ] || scheme=https
  code=$(fetch --insecure --write-out '%{http_code}' "$scheme://$host/healthz") || true
  if [ "${code:-000}" != 000 ]; then
    ok "port $1 answers"
    return
  fi
  wrong "port $1 of $host can't be reached from here" "$(reach_advice)"
}

reach_advice() {
  local allowed
  allowed=$(stack_parameter AllowedAddresses)
  if [ "${allowed:-0.0.0.0/0}" = 0.0.0.0/0 ]; then
    echo "see the lines about instances, containers and the address; a firewall of your own network may be the cause, too"
  else
    echo "only $allowed may reach it: try from there, or deploy/cloud-chat deploy AllowedAddresses=…"
  fi
}

look_at_chat() {
  local path code
  for path in healthz readyz; do
    code=$(fetch --insecure --write-out '%{http_code}' "$url/$path") || true
    case $path:$code in
      *:200) ok "/$path answers 200" ;;
      readyz:503) wrong "/readyz answers 503: messages can't be stored, or the chat is stopping" "see the lines about the table and the log" ;;
      *:421) wrong "/$path answers 421: the chat does not know the name $host" "deploy/cloud-chat deploy Hosts=$host" ;;
      *:000 | *:) wrong "/$path does not answer" "see the lines before this one; deploy/cloud-chat logs" ;;
      *) wrong "/$path answers $code" "deploy/cloud-chat logs" ;;
    esac
  done
  look_at_clock "the chat" "$url/healthz" "replace the instance, whose clock is wrong: docs/operate.md says how"
  look_at_clock AWS "https://sts.$region.amazonaws.com/" "set the clock of this computer; AWS refuses requests of another time"
}

# look_at_clock WHOSE URL WHAT-TO-DO
look_at_clock() {
  local theirs difference
  theirs=$(curl --silent --insecure --head --connect-timeout 5 --max-time 10 "$2" | tr -d '\r' | sed -n 's/^[Dd]ate: //p' | head -n 1) || true
  theirs=$(seconds_of "$theirs")
  [ -n "$theirs" ] || { unknown "the clock of $1" "it does not answer"; return; }
  difference=$(($(date +%s) - theirs))
  if [ "${difference#-}" -gt 30 ]; then
    wrong "the clock of $1 and that of this computer differ by ${difference#-} seconds" "$3"
  else
    ok "the clock of $1 is that of this computer"
  fi
}

# Seconds since 1970 of a date of HTTP, such as Sat, 28 Nov 2026 05:43:33 GMT.
seconds_of() {
  echo "$1" | awk '
    split($5, time, ":") == 3 {
      month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $3) + 2) / 3
      year = $4
      if (month < 3) { year--; month += 12 }
      days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month - 457) / 5) + $2 - 719469 + 0
      print days * 86400 + time[1] * 3600 + time[2] * 60 + time[3]
    }'
}
