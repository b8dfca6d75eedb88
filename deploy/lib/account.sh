# shellcheck shell=bash
# Which account, region, stack and version a command is about, and how it speaks.

STACK=${CLOUD_CHAT_STACK:-cloud-chat}
account=

find_account() {
  [ -z "$account" ] || return 0
  [[ $STACK =~ ^[a-z][a-z0-9-]{1,40}$ ]] ||
    fail "CLOUD_CHAT_STACK: use 2 to 41 small letters, digits and hyphens, with a letter first"
  type -P aws > /dev/null || fail "the AWS CLI is not installed; docs/deploy.md says what a deployment needs"
  find_region
  account=$(aws sts get-caller-identity --query Account --output text) ||
    fail "AWS does not accept the credentials of the AWS CLI; run \`aws configure\` or \`aws sso login\`"
  registry=$account.dkr.ecr.$region.amazonaws.com
}

find_region() {
  region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
  region=${region:-$(aws configure get region)} || true
  [ -n "$region" ] || fail "no region is set; run \`aws configure set region us-east-1\`"
  [[ $region != cn-* ]] || fail "the regions of China have other names for everything, which this command doesn't know"
}

# Tags in the registry are immutable, so each image needs a tag of its own.
find_version() {
  version=${VERSION:-$(git describe --tags --always --dirty)} ||
    fail "git knows no version here; name one: VERSION=… $0 …"
  [[ $version != *-dirty ]] || fail "commit your changes first, or name the version: VERSION=… $0 …"
  [[ $version =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$ ]] ||
    fail "VERSION: use up to 100 letters, digits, dots, hyphens and underscores"
}

say() { printf '\n==> %s\n' "$*"; }

fail() {
  rm -f "$work/refused"
  echo "$0: $*" >&2
  exit 1
}

confirm() {
  [ -t 0 ] || return 0
  local answer
  read -rp "Go on? [y/N] " answer
  [[ $answer == [yY]* ]] || fail "nothing was changed"
}

# Run a command until it succeeds, for as many seconds: retry SECONDS COMMAND …
retry() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || return 1
    pause 5
  done
}

pause() {
  sleep "${CLOUD_CHAT_PAUSE:-$1}"
}
