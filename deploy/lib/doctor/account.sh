# shellcheck shell=bash
# The account and the stack.

look_at_account() {
  if ask "the role of ECS" iam get-role --role-name AWSServiceRoleForECS --query Role.RoleName; then
    if [ -n "$answer" ]; then
      ok "the role with which ECS works in this account"
    else
      wrong "the account has no role of ECS" "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"
    fi
  fi
}

# Returns 1 if there is no stack to look at.
look_at_stack() {
  local status
  ask "the stack $STACK" cloudformation describe-stacks --stack-name "$STACK" --query 'Stacks[0].StackStatus' || return 1
  status=$answer
  (read_stack) 2> /dev/null
  case $status in
    "")
      wrong "there is no stack $STACK in $region" "deploy/cloud-chat deploy, or name the region or the stack (AWS_REGION, CLOUD_CHAT_STACK)"
      look_at_quotas
      return 1
      ;;
    CREATE_COMPLETE | UPDATE_COMPLETE) ok "the stack $STACK is $status" ;;
    UPDATE_ROLLBACK_FAILED) wrong_stack "$status" "aws cloudformation continue-update-rollback --stack-name $STACK" ;;
    UPDATE_ROLLBACK_COMPLETE) wrong_stack "$status, so the last change was undone" "mend the reason, then deploy/cloud-chat deploy" ;;
    *_IN_PROGRESS) unknown "the stack $STACK is $status" "wait for its end" ;;
    *) wrong_stack "$status" "mend the reason, then deploy/cloud-chat deploy, which begins anew" ;;
  esac
  look_at_quotas
  has_stack
}

wrong_stack() {
  local reason
  reason=$(newest_failures 2> /dev/null | head -n 1) || true
  wrong "the stack $STACK is $1${reason:+: $reason}" "$2"
}

# What a first deployment needs, or a larger instance.
look_at_quotas() {
  local used
  ask "the Elastic IP addresses" ec2 describe-addresses --query 'length(Addresses)' || return 0
  look_at_quota "Elastic IP addresses" ec2 L-0263D0A3 "$answer" 1
  ask "the VPCs" ec2 describe-vpcs --query 'length(Vpcs)' || return 0
  look_at_quota "VPCs" vpc L-F678F1CE "$answer" 1
  ask "the running instances" ec2 describe-instances --filters Name=instance-state-name,Values=pending,running \
    --query 'Reservations[].Instances[].[InstanceType, CpuOptions.CoreCount, CpuOptions.ThreadsPerCore]' || return 0
  used=$(printf '%s\n' "$answer" | awk '$1 ~ /^[acdhimrtz]/ { sum += $2 * $3 } END { print sum + 0 }')
  look_at_quota "processors of standard instances" ec2 L-1216C47A "$used" 2
}

# look_at_quota WHAT SERVICE CODE USED NEEDED
look_at_quota() {
  local most
  ask "the quota of $1" service-quotas get-service-quota --service-code "$2" --quota-code "$3" --query Quota.Value || return 0
  most=${answer%.*}
  if [ -z "$most" ]; then
    unknown "the quota of $1" "AWS does not tell it"
  elif ! has_stack && [ $(($4 + $5)) -gt "$most" ]; then
    wrong "$4 of $most $1 are in use, and the chat needs $5" "ask for more in the console of Service Quotas ($2, $3), or remove what nobody uses"
  else
    ok "quota: $4 of $most $1 are in use"
  fi
}
