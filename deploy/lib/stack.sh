# shellcheck shell=bash
# The stack of CloudFormation: its parameters, its changes and its end.

# A mistyped name must not change, or remove, what is not the chat's.
check_owner() {
  ! has_stack || [ "$(stack_value tag:app)" = cloud-chat ] ||
    fail "the stack $STACK is not a chat: it has no tag app=cloud-chat; CLOUD_CHAT_STACK=… names another one"
}

has_stack() {
  case $(stack_status) in
    "" | REVIEW_IN_PROGRESS) return 1 ;; # there is a change set, and nothing else
  esac
}

stack_status() {
  stack_value status
}

stack_parameter() {
  stack_value "parameter:$1"
}

stack_output() {
  stack_value "output:$1"
}

stack_value() {
  [ -f "$work/stack" ] || read_stack
  awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$work/stack"
}

# Keep the state of the stack, a line for each value; every change reads it again.
read_stack() {
  aws cloudformation describe-stacks --stack-name "$STACK" --output text --query "Stacks[0].[
    [['status', StackStatus]],
    Tags[].[join(':', ['tag', Key]), Value],
    Parameters[].[join(':', ['parameter', ParameterKey]), ParameterValue],
    Outputs[].[join(':', ['output', OutputKey]), OutputValue]][]" > "$work/stack" 2> /dev/null || only_missing
}

# The value of a parameter: from the command line, otherwise from the stack.
parameter() {
  local each value
  value=$(stack_parameter "$1")
  for each in "${parameters[@]}"; do
    [[ $each != "$1="* ]] || value=${each#"$1="}
  done
  echo "$value"
}

# Whether the command line has a parameter.
is_given() {
  local each
  for each in "${parameters[@]}"; do
    [[ $each != "$1="* ]] || return 0
  done
  return 1
}

# Wait for what an interrupted command, or another one, has begun, and remove what CloudFormation can't
# update.
settle_stack() {
  read_stack
  check_owner
  if is_changing; then
    say "The stack $STACK is being changed ($(stack_status)), by an earlier command or another one: waiting for its end"
    retry 7200 has_settled || fail "the stack still changes; wait for its end, then run the same command again"
  fi
  case $(stack_status) in
    CREATE_FAILED | ROLLBACK_COMPLETE | ROLLBACK_FAILED | DELETE_FAILED)
      say "Removing what an earlier attempt left behind"
      delete_stack
      ;;
    UPDATE_ROLLBACK_FAILED)
      fail "CloudFormation could not undo a change; let it try again, wait, then run the same command again: aws cloudformation continue-update-rollback --stack-name $STACK"
      ;;
  esac
}

has_settled() {
  read_stack
  ! is_changing
}

is_changing() {
  local status
  status=$(stack_status)
  [[ $status == *_IN_PROGRESS && $status != REVIEW_IN_PROGRESS ]]
}

# Change the stack to the template and the parameters; further ones are arguments. Returns 1 if that fails.
apply() {
  make_change "$@"
  execute_change
}

execute_change() {
  [ -n "$change" ] || return 0
  aws cloudformation execute-change-set --change-set-name "$change" || exit 1
  wait_for_stack && return
  explain_failure "The stack was not changed"
  say_it_is_whole
  return 1
}

# Sets `change` to a change set that can be executed, or to nothing if nothing would change, and
# `changes` to the logical ids of the resources that it changes. The table of an earlier stack becomes part
# of this one if `imports` is set.
make_change() {
  local reason status
  change_type=UPDATE
  has_stack || change_type=CREATE
  deploy/lib/compose "$shape" > "$work/template.yaml" || exit 1
  write_parameters "$@" > "$work/parameters.json"
  change=$(aws cloudformation create-change-set --stack-name "$STACK" --change-set-type "$change_type" \
    --change-set-name "deploy-$(date +%s)-$RANDOM" --template-body "file://$work/template.yaml" \
    --parameters "file://$work/parameters.json" --capabilities CAPABILITY_IAM --tags "Key=app,Value=cloud-chat" \
    ${imports:+--import-existing-resources} --query Id --output text) || exit 1
  retry 600 has_change || fail "CloudFormation made no change set within ten minutes; run the same command again"
  status=$(sed -n 1p "$work/change")
  changes=" $(sed -n 2p "$work/change" | tr '\t' ' ') "
  [ "$status" = FAILED ] || return 0
  reason=$(sed -n 3p "$work/change")
  drop_change
  case $reason in
    *"didn't contain changes"* | *"No updates are to be performed"*) ;;
    *) fail "the stack can't be changed: $reason" ;;
  esac
}

# The waiting command of the AWS CLI looks every 30 seconds only.
has_change() {
  aws cloudformation describe-change-set --change-set-name "$change" --output text --query \
    "[[Status], Changes[?ResourceChange.Action!='Import'].ResourceChange.LogicalResourceId || [''], [StatusReason]]" \
    > "$work/change" || exit 1
  [[ $(sed -n 1p "$work/change") =~ ^(CREATE_COMPLETE|FAILED)$ ]]
}

drop_change() {
  aws cloudformation delete-change-set --change-set-name "$change" || exit 1
  change=
}

# The parameters of the template as JSON: those that were given, and the values that the stack has.
write_parameters() {
  local name each value separator=
  printf '['
  for name in $(template_parameters); do
    value=
    for each in "${parameters[@]}" "$@"; do
      [[ $each != "$name="* ]] || value="\"ParameterValue\": $(json_string "${each#*=}")"
    done
    ! grep -q "^parameter:$name"$'\t' "$work/stack" || value=${value:-'"UsePreviousValue": true'}
    [ -n "$value" ] || continue
    printf '%s{"ParameterKey": "%s", %s}' "$separator" "$name" "$value"
    separator=', '
  done
  printf ']\n'
}

template_parameters() {
  deploy/lib/compose "$shape" | parameter_names
}

parameter_names() {
  awk '/^[A-Z]/ { is = $1 == "Parameters:" } is && /^  [A-Z]/ { sub(":", "", $1); print $1 }'
}

json_string() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# CloudFormation works for hours where the commands of the AWS CLI give up after one.
wait_for_stack() {
  local done=stack-update-complete
  [ "$change_type" = UPDATE ] || done=stack-create-complete
  until aws cloudformation wait "$done" --stack-name "$STACK" 2> /dev/null; do
    read_stack
    is_changing || return 1
    # Not where a large chat goes on with its instances after the rollback.
    [[ $(stack_status) != *ROLLBACK* || $(stack_output Shape) = large ]] || release_instances
    pause 5
  done
  read_stack
}

# A cluster can't be deleted for a while after the end of its instance, so a failed deletion is tried again.
delete_stack() {
  local attempt
  has_stack || return 0
  say "Deleting the stack (5 to 10 minutes)"
  for attempt in 1 2 3; do
    deregister_instances
    aws cloudformation delete-stack --stack-name "$STACK" || exit 1
    wait_for_deletion && return
    [ $attempt = 3 ] || { say "Something was still in use: deleting again"; pause 60; }
  done
  explain_failure "The stack could not be deleted"
  fail "see the reasons above; it is safe to run the same command again"
}

wait_for_deletion() {
  until aws cloudformation wait stack-delete-complete --stack-name "$STACK" 2> /dev/null; do
    read_stack
    is_changing || return 1
    pause 5
  done
  read_stack
}
