# shellcheck shell=bash
# What AWS refuses, and what to do then.

# `aws`, which keeps the last refusal until a call succeeds.
aws() {
  if command aws "$@" 2> "$work/aws-error"; then
    cat "$work/aws-error" >&2
    rm -f "$work/refused"
    return
  fi
  cat "$work/aws-error" >&2
  echo "$1 $2" | cat - "$work/aws-error" > "$work/refused"
  return 1
}

# After a refused question for something: go on if it does not exist, and stop if AWS did not say. With
# 2> /dev/null at the question, the refusal is shown only then.
only_missing() {
  is_missing || stop_refused
  rm "$work/refused"
}

stop_refused() {
  sed 1d "$work/refused" >&2
  exit 1
}

# After a waiting command: go on if it has only run out of patience, and stop if AWS did not answer.
only_patience() {
  grep -q 'Max attempts' "$work/refused" || stop_refused
  rm "$work/refused"
}

# Whether the last refusal says that something does not exist.
is_missing() {
  grep -qE 'NotFound|NoSuchEntity|does not exist|name not found|No Lifecycle Hook found|InvalidArn' "$work/refused" 2> /dev/null
}

# The last line of a command that a refusal has ended.
explain_refusal() {
  [ -f "$work/refused" ] || return 0
  local call again="then run the same command again"
  call=$(head -n 1 "$work/refused")
  case $(cat "$work/refused") in
    *AccessDenied* | *UnauthorizedOperation* | *"not authorized"*)
      echo "$0: AWS refused \`aws $call\`: these credentials lack the right to do that; use those of an administrator, $again" ;;
    *ExpiredToken* | *InvalidClientTokenId* | *UnrecognizedClient* | *AuthFailure* | *[Cc]redentials* | *SSO*)
      echo "$0: AWS does not accept these credentials any more: run \`aws configure\` or \`aws sso login\`, $again" ;;
    *Throttling* | *"Rate exceeded"* | *RequestLimitExceeded* | *"Could not connect"* | *"timed out"* | *Timeout*)
      echo "$0: AWS did not answer \`aws $call\`: wait a minute, $again" ;;
    *ValidationError*) echo "$0: AWS does not accept this: $(sed -n 's/.* operation: //p' "$work/refused")" ;;
    *) echo "$0: \`aws $call\` failed, for the reason above; after that is mended, run the same command again" ;;
  esac >&3
}
