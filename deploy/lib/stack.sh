# shellcheck shell=bash
# The stack of CloudFormation: its parameters, its changes and its end.

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

# Keep the state of the stack, a line for each value, until it is changed.
read_stack() {
  aws cloudformation describe-stacks --stack-name "$STACK" --output text --query "Stacks[0].[
    [['status', StackStatus]],
    Parameters[].[join(':', ['parameter', ParameterKey]), ParameterValue],
    Outputs[].[join(':', ['output', OutputKey]), OutputValue]][]" > "$work/stack" 2> /dev/null || true
}

forget_stack() {
  rm -f "$work/stack"
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

# CloudFormation can't update a stack whose creation or deletion failed.
remove_failed_stack() {
  case $(stack_status) in
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | DELETE_FAILED)
      say "Removing what an earlier attempt left behind"
      delete_stack
      ;;
  esac
}

# Change the stack to the template and the parameters; further ones are arguments. Returns 1 if that fails.
apply() {
  make_change "$@"
  [ -n "$change" ] || return 0
  aws cloudformation execute-change-set --change-set-name "$change" || exit 1
  wait_for_stack && forget_stack && return
  forget_stack
  explain_failure
  return 1
}

# Sets `change` to a change set that can be executed, or to nothing if nothing would change. The table of an
# earlier stack becomes part of this one if `imports` is set.
make_change() {
  local reason
  change_type=UPDATE
  has_stack || change_type=CREATE
  deploy/lib/compose "$shape" > "$work/template.yaml"
  write_parameters "$@" > "$work/parameters.json"
  change=$(aws cloudformation create-change-set --stack-name "$STACK" --change-set-type "$change_type" \
    --change-set-name "deploy-$(date +%s)-$RANDOM" --template-body "file://$work/template.yaml" \
    --parameters "file://$work/parameters.json" --capabilities CAPABILITY_IAM --tags "Key=app,Value=cloud-chat" \
    ${imports:+--import-existing-resources} --query Id --output text) || exit 1
  aws cloudformation wait change-set-create-complete --change-set-name "$change" 2> /dev/null && return
  reason=$(aws cloudformation describe-change-set --change-set-name "$change" --query StatusReason --output text)
  aws cloudformation delete-change-set --change-set-name "$change"
  change=
  case $reason in
    *"didn't contain changes"* | *"No updates are to be performed"*) ;;
    *) fail "the stack can't be changed: $reason" ;;
  esac
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
  deploy/lib/compose "$shape" | awk '/^[A-Z]/ { is = $1 == "Parameters:" } is && /^  [A-Z]/ { sub(":", "", $1); print $1 }'
}

json_string() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# CloudFormation waits for hours where the commands of the AWS CLI give up after one.
wait_for_stack() {
  local done=stack-update-complete
  [ "$change_type" = UPDATE ] || done=stack-create-complete
  until aws cloudformation wait "$done" --stack-name "$STACK" 2> /dev/null; do
    forget_stack
    [[ $(stack_status) == *_IN_PROGRESS ]] || return 1
  done
}

explain_failure() {
  say "The stack was not changed, because of:"
  aws cloudformation describe-stack-events --stack-name "$STACK" --output text --query \
    "StackEvents[?ends_with(ResourceStatus, '_FAILED')].[LogicalResourceId, ResourceStatusReason]" | head -n 10
}

delete_stack() {
  [ -n "$(stack_status)" ] || return 0
  say "Deleting the stack (5 to 10 minutes)"
  forget_stack
  aws cloudformation delete-stack --stack-name "$STACK"
  aws cloudformation wait stack-delete-complete --stack-name "$STACK" || { explain_failure; exit 1; }
}
