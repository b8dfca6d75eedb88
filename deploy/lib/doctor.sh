# shellcheck shell=bash
# What is wrong, and what to do: a line for each check, of which none changes anything.

source deploy/lib/doctor/account.sh
source deploy/lib/doctor/containers.sh
source deploy/lib/doctor/address.sh
source deploy/lib/doctor/certificate.sh
source deploy/lib/doctor/table.sh
source deploy/lib/doctor/log.sh
source deploy/lib/doctor/sign-in.sh
source deploy/lib/doctor/large.sh

doctor() {
  local problem
  set +e +o pipefail # what one check can't find out does not end the others
  troubles=0
  problem=$(find_account 2>&1) || { wrong "credentials and region" "${problem##*"$0: "}"; exit 1; }
  find_account
  ok "credentials of account $account, in region $region"
  look_at_account
  if look_at_stack; then
    shape=$(stack_output Shape)
    look_at_instances
    look_at_service
    look_at_address
    look_at_certificate
    look_at_chat
    look_at_table
    look_at_keys
    look_at_log
    look_at_alarms
    look_at_sign_in
    [ "$shape" != large ] || look_at_balancer
  fi
  rm -f "$work/refused"
  [ $troubles != 0 ] || { say "Nothing is wrong"; return 0; }
  say "What is WRONG above: $troubles"
  exit 1
}

ok() { echo "ok     $*"; }

# wrong WHAT WHAT-TO-DO
wrong() {
  troubles=$((troubles + 1))
  echo "WRONG  $1 — do this: $2"
}

# unknown WHAT WHY
unknown() { echo "can't be checked: $1 ($2)"; }

# Ask AWS: ask WHAT ARGUMENTS … sets `answer`, to nothing if what it asks for does not exist. Returns 1 if
# AWS does not say, after a line about that.
ask() {
  local what=$1
  shift
  answer=$(aws "$@" --output text 2> /dev/null) && { [ "$answer" != None ] || answer=; return 0; }
  answer=
  if is_missing; then return 0; fi
  unknown "$what" "$(why_refused)"
  return 1
}

why_refused() {
  case $(cat "$work/refused") in
    *AccessDenied* | *UnauthorizedOperation* | *"not authorized"*)
      echo "these credentials may not \`aws $(head -n 1 "$work/refused")\`; deploy/policies/doctor.json has what they need" ;;
    *) sed 1d "$work/refused" | tr '\n' ' ' ;;
  esac
}

# Days from a date such as 2026-11-28T05:43:33Z to today, by the civil calendar: `date` differs too much
# between systems.
days_since() {
  printf '%s %s\n' "${1%%T*}" "$(date -u +%Y-%m-%d)" | awk '
    function days(text, part, year, month) {
      split(text, part, "-"); year = part[1]; month = part[2] + 0
      if (month < 3) { year--; month += 12 }
      return 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month - 457) / 5) + part[3]
    }
    { print days($2) - days($1) }'
}

# The time an hour ago as AWS reads it.
an_hour_ago() {
  echo $(($(date +%s) - 3600))
}
