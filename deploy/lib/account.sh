# shellcheck shell=bash
# Which account, region, stack and version a command is about, and how it speaks.

STACK=${CLOUD_CHAT_STACK:-cloud-chat}

find_account() {
  [[ $STACK =~ ^[a-z][a-z0-9-]{1,40}$ ]] ||
    fail "CLOUD_CHAT_STACK: use 2 to 41 small letters, digits and hyphens, with a letter first"
  account=$(aws sts get-caller-identity --query Account --output text) ||
    fail "the AWS CLI has no credentials; run \`aws configure\` or \`aws sso login\`"
  region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}} ||
    fail "no region is set; run \`aws configure set region us-east-1\`"
  registry=$account.dkr.ecr.$region.amazonaws.com
}

# Tags in the registry are immutable, so each image needs a tag of its own.
find_version() {
  version=${VERSION:-$(git describe --tags --always --dirty)}
  [[ $version != *-dirty ]] || fail "commit your changes first, or name the version: VERSION=… $0 …"
}

say() { printf '\n==> %s\n' "$*"; }

fail() {
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
    sleep "${CLOUD_CHAT_PAUSE:-5}"
  done
}
