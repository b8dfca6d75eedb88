# shellcheck shell=bash
# What runs, and what it says.

status() {
  local url
  find_account
  [ -f "$work/stack" ] || read_stack
  [ -n "$(stack_status)" ] || fail "there is no chat $STACK in account $account, region $region; \`deploy/cloud-chat deploy\` makes it"
  say "Stack $STACK: $(stack_status)"
  has_stack || return 0
  aws ecs describe-services --cluster "$STACK" --services "$STACK" --output table --query \
    'services[0].{running: runningCount, wanted: desiredCount, task: taskDefinition, last: events[0].message}' \
    2> /dev/null || only_missing
  [ "$(stack_output Shape)" != large ] || containers
  say "Versions in the registry, the newest first"
  aws ecr describe-images --repository-name "$STACK" --output text --query \
    'reverse(sort_by(imageDetails[?imageTags], &imagePushedAt))[?!ends_with(imageTags[0], `-https`)].[imageTags[0], imagePushedAt]' \
    2> /dev/null || only_missing
  check_address
  url=$(stack_output Url)
  if [ -z "$url" ]; then
    url=http://$(instance_address)
  fi
  if answers "$url/readyz"; then
    say "Ready at $url"
  elif answers --insecure "$url/readyz"; then
    say "Ready at $url, but without a valid certificate yet; \`deploy/cloud-chat doctor\` says why"
  else
    say "No answer yet from $url"
    say_the_record
  fi
}

answers() {
  curl --silent --fail --max-time 5 "$@" > /dev/null
}

instance_address() {
  aws ec2 describe-instances --filters "Name=tag:Name,Values=$STACK" Name=instance-state-name,Values=running \
    --query "Reservations[].Instances[].PublicIpAddress | [0] || \`\"\"\`" --output text
}

check_address() {
  local fixed address
  fixed=$(stack_output Address)
  [ -n "$fixed" ] || return 0
  address=$(instance_address)
  [ "$fixed" = "$address" ] ||
    say "The instance could not take the fixed address $fixed yet; docs/operate.md says what to do"
}

logs() {
  local minutes=${1:-10}
  [[ $minutes =~ ^[1-9][0-9]{0,5}$ ]] || fail "logs: $minutes is no number of minutes"
  find_account
  aws logs filter-log-events --log-group-name "$STACK" --output text \
    --start-time "$((($(date +%s) - minutes * 60) * 1000))" --query 'events[].[message]'
}
