# shellcheck shell=bash
# What only the large shape has: load balancer, certificate of AWS, and bus.

look_at_balancer() {
  look_at_targets
  look_at_issued
  look_at_bus
}

# made TYPE sets `answer` to the physical ids of the stack's resources of a type.
made() {
  ask "the resources $1 of the stack" cloudformation describe-stack-resources --stack-name "$STACK" \
    --query "StackResources[?ResourceType=='$1'].PhysicalResourceId"
}

# Sets `answer` to the host name of the load balancer. Returns 1 if it can't be known.
find_balancer() {
  made AWS::ElasticLoadBalancingV2::LoadBalancer || return 1
  [ -n "$answer" ] || { wrong "the stack has no load balancer" "deploy/cloud-chat deploy"; return 1; }
  ask "the load balancer" elbv2 describe-load-balancers --load-balancer-arns "$answer" --query 'LoadBalancers[0].DNSName'
}

look_at_targets() {
  local group groups found=
  made AWS::ElasticLoadBalancingV2::TargetGroup || return 0
  groups=$answer
  for group in $groups; do
    ask "the containers behind the load balancer" elbv2 describe-target-health --target-group-arn "$group" \
      --query 'TargetHealthDescriptions[].[TargetHealth.State, TargetHealth.Description]' || return 0
    [ -z "$answer" ] || found="$found$answer"$'\n'
  done
  case $found in
    "") wrong "no container is behind the load balancer" "see the line about containers" ;;
    *unhealthy* | *unavailable*)
      wrong "the load balancer finds containers unhealthy: $(printf '%s' "$found" | grep -E 'unhealthy|unavailable' | head -n 1 | tr '\t' ' ')" "deploy/cloud-chat logs says why" ;;
    *) ok "the load balancer finds all containers healthy or as they start ($(printf '%s' "$found" | grep -c .))" ;;
  esac
}

look_at_issued() {
  local certificate name status
  made AWS::CertificateManager::Certificate || return 0
  certificate=$answer
  [ -n "$certificate" ] || { ok "the certificate is not of this stack"; return; }
  ask "the certificate" acm describe-certificate --certificate-arn "$certificate" --query \
    'Certificate.[Status, DomainValidationOptions[0].ResourceRecord.Name, DomainValidationOptions[0].ResourceRecord.Value]' || return 0
  read -r status name certificate <<< "$answer"
  case $status in
    ISSUED) ok "the certificate is ISSUED" ;;
    PENDING_VALIDATION) wrong "AWS does not know yet that the domain is yours" "make a CNAME record of $name with the value $certificate" ;;
    *) wrong "the certificate is $status" "deploy/cloud-chat deploy, which makes another one" ;;
  esac
}

look_at_bus() {
  local bus
  made AWS::ElastiCache::ReplicationGroup || return 0
  bus=$answer
  [ -n "$bus" ] || { wrong "the stack has no bus" "deploy/cloud-chat deploy"; return; }
  ask "the bus" elasticache describe-replication-groups --replication-group-id "$bus" --query 'ReplicationGroups[0].Status' || return 0
  [ "$answer" = available ] && ok "the bus is available" ||
    wrong "the bus is ${answer:-not there}: news of other containers are late" "wait some minutes; nothing is lost meanwhile"
}
