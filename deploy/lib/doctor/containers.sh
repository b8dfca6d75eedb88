# shellcheck shell=bash
# The instances, and the containers on them.

look_at_instances() {
  local arns agent image instance
  ask "the instances of the cluster" ecs list-container-instances --cluster "$STACK" --query 'containerInstanceArns[]' || return 0
  arns=$answer
  [ -n "$arns" ] || { on_fargate_only || look_for_instance; return 0; }
  # shellcheck disable=SC2086  # ARNs separated by spaces
  ask "the instances of the cluster" ecs describe-container-instances --cluster "$STACK" --container-instances $arns \
    --query "containerInstances[].[ec2InstanceId, agentConnected, attributes[?name=='ecs.ami-id'].value | [0]]" || return 0
  printf '%s\n' "$answer" > "$work/instances"
  while read -r instance agent image; do
    if [ "$agent" = True ]; then
      ok "the instance $instance is in the cluster, and its agent is connected"
    else
      wrong "the agent of the instance $instance is not connected" "wait five minutes; then replace it: aws ec2 terminate-instances --instance-ids $instance"
    fi
    look_at_image "$instance" "$image"
  done < "$work/instances"
}

on_fargate_only() {
  [ "$(stack_parameter Launch)" = fargate ]
}

# Why no instance is in the cluster.
look_for_instance() {
  local group instance
  ask "the instance" ec2 describe-instances --filters "Name=tag:Name,Values=$STACK" \
    Name=instance-state-name,Values=pending,running --query 'Reservations[].Instances[].InstanceId | [0]' || return 0
  instance=$answer
  if [ -n "$instance" ]; then
    wrong "the instance $instance runs, but has not joined the cluster" "if it is older than five minutes, see why: aws ec2 get-console-output --latest --output text --instance-id $instance"
    return
  fi
  ask "the group of instances" cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id Instances \
    --query StackResourceDetail.PhysicalResourceId || return 0
  group=$answer
  ask "why no instance runs" autoscaling describe-scaling-activities --auto-scaling-group-name "$group" --max-items 1 \
    --query 'Activities[0].StatusMessage' || return 0
  printf '%s\n' "$answer" > "$work/failures"
  answer=$(advice "$work/failures" | sed -n 's/^==> Do this: //p' | head -n 1)
  wrong "no instance runs: $(head -n 1 "$work/failures")" "${answer:-mend the reason; the next one starts by itself}"
}

# Amazon Linux does not update itself.
look_at_image() {
  local age
  [ -n "$2" ] && [ "$2" != None ] || { unknown "the age of the operating system of $1" "ECS does not tell its image"; return; }
  ask "the age of the image $2" ec2 describe-images --image-ids "$2" --query 'Images[0].CreationDate' || return 0
  [ -n "$answer" ] || { unknown "the age of the image $2" "AWS has it no more"; return; }
  age=$(days_since "$answer")
  if [ "$age" -gt 60 ]; then
    wrong "the operating system of $1 is of $age days ago" "deploy/cloud-chat deploy InstanceImage=latest"
  else
    ok "the operating system of $1 is of $age days ago"
  fi
}

look_at_service() {
  local wanted running state reason
  ask "the service" ecs describe-services --cluster "$STACK" --services "$STACK" --query \
    "services[?status=='ACTIVE'] | [0].[desiredCount, runningCount, deployments[0].rolloutState, events[0].message]" || return 0
  [ -n "$answer" ] || { wrong "the cluster has no service" "deploy/cloud-chat deploy"; return; }
  IFS=$'\t' read -r wanted running state reason <<< "$answer"
  [ "$wanted" != None ] || { wrong "the cluster has no service" "deploy/cloud-chat deploy"; return; }
  if [ "$wanted" = 0 ]; then
    wrong "no container is wanted" "deploy/cloud-chat deploy"
  elif [ "$running" -ge "$wanted" ] && [ "$state" != FAILED ]; then
    ok "$running of $wanted containers run, and the deployment is $state"
  else
    explain_containers "$running of $wanted containers run, and the deployment is $state" "$reason"
  fi
}

# explain_containers WHAT NEWEST-EVENT: in words, from the newest of them that has stopped.
explain_containers() {
  local task stopped=
  case $2 in
    *"unable to place a task"*)
      wrong "$1: no instance has room for a container (${2#*because })" "see the lines about instances; for more memory or processors: deploy/cloud-chat deploy InstanceType=t3.small"
      return
      ;;
  esac
  ask "the containers that have stopped" ecs list-tasks --cluster "$STACK" --service-name "$STACK" --desired-status STOPPED \
    --query 'taskArns[0]' || return 0
  task=$answer
  if [ -n "$task" ]; then
    ask "why a container has stopped" ecs describe-tasks --cluster "$STACK" --tasks "$task" --query \
      "tasks[0].[stoppedReason, join(' ', containers[].reason || ['']), join(' ', containers[].to_string(exitCode))]" || return 0
    stopped=$answer
  fi
  case $stopped in
    "") wrong "$1" "wait some minutes; then see deploy/cloud-chat logs" ;;
    *OutOfMemory* | *[[:space:]]137*) wrong "$1: the last one used more memory than it may" "deploy/cloud-chat deploy InstanceType=t3.small, and raise Memory in the template" ;;
    *CannotPull* | *"not found"*ecr* | *"manifest unknown"*) wrong "$1: the registry has no such image" "deploy/cloud-chat push, then deploy/cloud-chat deploy" ;;
    *ResourceInitialization* | *secret* | *ParameterNotFound* | *"invalid ssm parameters"*)
      wrong "$1: a key of the chat is missing, or may not be read" "deploy/cloud-chat deploy, which makes it; see the lines about keys" ;;
    *"health check"*) wrong "$1: the last one did not answer its health check" "deploy/cloud-chat logs says why" ;;
    *) wrong "$1: the last one stopped ($(printf '%s' "$stopped" | tr '\t\n' '  '))" "deploy/cloud-chat logs says why; to go back: deploy/cloud-chat rollback VERSION" ;;
  esac
}
