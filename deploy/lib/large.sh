# shellcheck shell=bash
# What only the large shape needs: choices that depend on each other, the certificate, how it changes and ends.

# Sets `processor`, and chooses what hasn't been chosen and depends on it.
choose_processor() {
  local before type
  before=$(stack_parameter Processor)
  processor=x86_64
  if [ "$shape" = large ]; then
    processor=$(parameter Processor)
    if [ -z "$processor" ]; then
      processor=x86_64
      ! on_fargate || processor=arm64 # where it costs a fifth less
      parameters+=("Processor=$processor")
    fi
  fi
  [ "$processor" = "${before:-x86_64}" ] || is_given InstanceImage || parameters+=("InstanceImage=latest")
  type=$(parameter InstanceType)
  case $processor:${type:-t3.micro} in
    arm64:t3.micro) is_given InstanceType || parameters+=("InstanceType=t4g.micro") ;;
    x86_64:t4g.micro) is_given InstanceType || parameters+=("InstanceType=t3.micro") ;;
  esac
}

# The budget is that of the shape, unless somebody has chosen another one. The CloudFormation of some regions knows
# no budgets, and refuses a template that wants one.
choose_budget() {
  local before
  if [ -n "$(parameter AlarmEmail)" ] && [ -z "$(stack_parameter AlarmEmail)" ] && ! knows_budgets; then
    say "CloudFormation has no budgets in $region, so nobody is told of high costs; the console has some: Billing, Budgets"
    parameters+=("Budget=0")
    return
  fi
  before=$(parameter Budget)
  case $shape:${before:-30} in
    large:30) is_given Budget || parameters+=("Budget=100") ;;
    small:100) is_given Budget || parameters+=("Budget=30") ;;
  esac
}

knows_budgets() {
  aws cloudformation describe-type --type RESOURCE --type-name AWS::Budgets::Budget > /dev/null 2>&1 ||
    { only_missing; return 1; }
}

on_fargate() {
  [ "$shape" = large ] && [ "$(parameter Launch)" = fargate ]
}

# Stop at what would fail minutes later.
check_large() {
  [ "$shape" = large ] || return 0
  local least most
  [ -n "$(parameter Domain)" ] || fail "Shape=large needs the name of the chat: add Domain=chat.example.com"
  # ECS refuses capacity providers with such names, and that of this one begins with the stack's.
  [[ ! $STACK =~ ^(aws|ecs|fargate) ]] ||
    fail "CLOUD_CHAT_STACK: with Shape=large it may not begin with aws, ecs or fargate"
  least=$(parameter Containers)
  most=$(parameter MostContainers)
  if [[ ${least:-2} =~ ^[0-9]+$ ]] && [[ ${most:-8} =~ ^[0-9]+$ ]]; then
    [ "${least:-2}" -le "${most:-8}" ] || fail "Containers=$least is more than MostContainers=${most:-8}"
  fi
  check_fargate
  check_zone
}

check_fargate() {
  on_fargate || return 0
  local cpu memory
  cpu=$(parameter FargateCpu)
  memory=$(parameter FargateMemory)
  case ${cpu:-256}:${memory:-512} in
    512:512) fail "FargateCpu=512 needs FargateMemory=1024 or 2048" ;;
    1024:512 | 1024:1024) fail "FargateCpu=1024 needs FargateMemory=2048" ;;
  esac
}

check_zone() {
  local zone name domain
  zone=$(parameter HostedZone)
  domain=$(parameter Domain)
  [ -n "$zone" ] || return 0
  name=$(aws route53 get-hosted-zone --id "$zone" --query HostedZone.Name --output text 2> /dev/null) ||
    fail "HostedZone: this account has no zone $zone; \`aws route53 list-hosted-zones\` shows the zones"
  [[ .$domain == *".${name%.}" ]] || fail "HostedZone: $zone is the zone of ${name%.}, and $domain isn't in it"
  [ "$(stack_parameter HostedZone) $(stack_parameter Domain)" = "$zone $domain" ] || check_record "$zone" "$domain"
}

# CloudFormation doesn't replace a record that somebody has made, such as that of the small shape.
check_record() {
  local types
  types=$(aws route53 list-resource-record-sets --hosted-zone-id "$1" --start-record-name "$2" --max-items 20 --output text \
    --query "ResourceRecordSets[?Name=='$2.' && contains(['A', 'AAAA', 'CNAME'], Type)].Type") || exit 1
  [ -z "$types" ] ||
    fail "HostedZone: the zone has a record for $2 already (${types//[[:space:]]/, }); delete it, because the chat makes its own, and run the same command again"
}

# Without a zone the template can't make the certificate, so this finds or requests it, and waits for it.
prepare_certificate() {
  [ "$shape" = large ] || return 0
  local domain certificate
  domain=$(parameter Domain)
  certificate=$(parameter Certificate)
  if [ -n "$certificate" ] && ! covers "$certificate" "$domain"; then
    ! is_given Certificate || fail "Certificate: the region $region has no such certificate for $domain"
    certificate= # it was for another name
    parameters+=("Certificate=")
  fi
  if [ -z "$certificate" ]; then
    [ -z "$(parameter HostedZone)" ] || return 0
    certificate=$(certificate_for "$domain") || exit 1
    [ -n "$certificate" ] || certificate=$(request_certificate "$domain") || exit 1
    parameters+=("Certificate=$certificate")
  fi
  await_certificate "$certificate" "$domain"
}

covers() {
  local names
  names=$(aws acm describe-certificate --certificate-arn "$1" --output text \
    --query "join(' ', Certificate.SubjectAlternativeNames)" 2> /dev/null) || { only_missing; return 1; }
  case " $names " in
    *" $2 "* | *" *.${2#*.} "*) ;;
    *) return 1 ;;
  esac
}

# One that is issued, otherwise one that is asked for already.
certificate_for() {
  aws acm list-certificates --certificate-statuses ISSUED PENDING_VALIDATION --output text --query \
    "CertificateSummaryList[?DomainName=='$1'] | sort_by(@, &to_string(Status))[0].CertificateArn || ''"
}

request_certificate() {
  aws acm request-certificate --domain-name "$1" --validation-method DNS --output text --query CertificateArn \
    --tags Key=app,Value=cloud-chat "Key=stack,Value=$STACK"
}

await_certificate() {
  local record
  ! is_issued "$1" || return 0
  retry 60 has_record "$1" || true
  record=$(certificate_value "$1" "DomainValidationOptions[0].ResourceRecord.[Name, Type, Value]")
  say "To prove that $2 is yours, make this record where its names are kept, and leave it there for ever:"
  echo "$record" | tr '\t' ' '
  say "Waiting for the certificate (up to 5 minutes)"
  retry "${CLOUD_CHAT_PATIENCE:-300}" is_decided "$1" ||
    fail "the certificate of $2 isn't issued yet; make the record above, wait for some minutes, and run the same command again"
  is_issued "$1" ||
    fail "the certificate of $2 was refused ($(certificate_value "$1" FailureReason)); run the same command again for another one"
}

is_issued() {
  local status
  status=$(certificate_value "$1" Status) || exit 1
  [ "$status" = ISSUED ]
}

has_record() {
  local name
  name=$(certificate_value "$1" "DomainValidationOptions[0].ResourceRecord.Name") || exit 1
  [ -n "$name" ] && [ "$name" != None ]
}

is_decided() {
  local status
  status=$(certificate_value "$1" Status) || exit 1
  [ -n "$status" ] && [ "$status" != PENDING_VALIDATION ]
}

# Nothing for some seconds after it was requested.
certificate_value() {
  aws acm describe-certificate --certificate-arn "$1" --query "Certificate.$2" --output text 2> /dev/null ||
    only_missing
}

# The service of one shape, or of one launch, can't become that of the other. So it ends first, and the chat is
# away until the new one runs.
move() {
  local before=small launch wanted=$shape version_before all
  [ -z "$(stack_output Shape)" ] || before=$(stack_output Shape)
  launch=$(stack_parameter Launch)
  if [ "$before" = "$shape" ] && { [ "$shape" = small ] || [ "$launch" = "$(parameter Launch)" ]; }; then
    return 0
  fi
  say "This moves the chat to another shape: it is away for ten to twenty minutes, and then all messages are there again"
  confirm
  make_change ImageVersion= # to be refused now rather than when the old service has ended
  [ -z "$change" ] || aws cloudformation delete-change-set --change-set-name "$change"
  version_before=$(stack_parameter ImageVersion)
  all=("${parameters[@]}")
  shape=$before
  parameters=("ImageVersion=")
  apply || exit 1
  [ "$before" = small ] || release_instances
  shape=$wanted
  parameters=("${all[@]}")
  if ! (apply ImageVersion=); then
    release_instances
    [ -n "$version_before" ] ||
      fail "no version ran before; after that is mended, run the same command again, or \`deploy/cloud-chat deploy Shape=$before${launch:+ Launch=$launch}\` to go back"
    say "Running version $version_before again"
    shape=$before
    parameters=("ImageVersion=$version_before")
    apply || true
    exit 1
  fi
  read_stack
  [ "$shape" = large ] || release_instances
}

# With managed draining ECS puts a hook on the group, which says that an instance may end. It stays there when ECS
# no longer manages the group, and then nobody answers: each instance would take hours to end.
release_instances() {
  local group hook hooks
  group=$(aws cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id Instances \
    --query StackResourceDetail.PhysicalResourceId --output text 2> /dev/null) || only_missing
  [ -n "$group" ] || return 0
  hooks=$(aws autoscaling describe-lifecycle-hooks --auto-scaling-group-name "$group" --output text --query \
    "LifecycleHooks[?LifecycleTransition=='autoscaling:EC2_INSTANCE_TERMINATING'].LifecycleHookName" 2> /dev/null) ||
    only_missing
  for hook in $hooks; do
    aws autoscaling delete-lifecycle-hook --auto-scaling-group-name "$group" --lifecycle-hook-name "$hook" \
      2> /dev/null || only_missing
  done
}

check_deletion_protection() {
  [ "$(stack_parameter DeletionProtection)" != true ] ||
    fail "the load balancer is protected; run \`deploy/cloud-chat deploy DeletionProtection=false\` first"
}

# The service ends before its instances: it would ask for new ones otherwise.
end_containers() {
  if [ "$(stack_output Shape)" = large ]; then
    say "Stopping the containers"
    aws ecs delete-service --cluster "$STACK" --service "$STACK" --force > /dev/null 2>&1 || true # there is none
    aws ecs wait services-inactive --cluster "$STACK" --services "$STACK" 2> /dev/null || true
  fi
  release_instances # also those of a small shape that was large before
}

delete_certificates() {
  local each certificates owner
  certificates=$(aws acm list-certificates --query 'CertificateSummaryList[].CertificateArn' --output text) || exit 1
  for each in $certificates; do
    owner=$(aws acm list-tags-for-certificate --certificate-arn "$each" --output text \
      --query "Tags[?Key=='stack'].Value | [0]") || exit 1
    [ "$owner" != "$STACK" ] || aws acm delete-certificate --certificate-arn "$each" || exit 1
  done
}

# The template doesn't say how many containers run, because each update would set that number again. A new
# service begins with one, and what scales it moves it into its limits only when there is something to scale.
run_containers() {
  [ "$shape" = large ] || return 0
  local running wanted least most
  read_stack
  least=$(stack_parameter Containers)
  most=$(stack_parameter MostContainers)
  running=$(aws ecs describe-services --cluster "$STACK" --services "$STACK" --query 'services[0].desiredCount' \
    --output text)
  wanted=$running
  [ "$wanted" -ge "$least" ] || wanted=$least
  [ "$wanted" -le "$most" ] || wanted=$most
  [ "$wanted" != "$running" ] || return 0
  say "Running $wanted containers instead of $running (some minutes)"
  aws ecs update-service --cluster "$STACK" --service "$STACK" --desired-count "$wanted" > /dev/null || exit 1
  aws ecs wait services-stable --cluster "$STACK" --services "$STACK" ||
    fail "not all containers run after 10 minutes; \`deploy/cloud-chat status\` shows them"
}

# Change how many containers run, without another version.
scale() {
  local each
  [ $# = 1 ] || [ $# = 2 ] || fail "how many containers? deploy/cloud-chat scale LEAST [MOST]"
  for each in "$@"; do
    [[ $each =~ ^[1-9][0-9]{0,2}$ ]] || fail "scale: $each is no number of containers"
  done
  find_account
  VERSION=$(stack_parameter ImageVersion)
  [ "$(stack_output Shape)" = large ] && [ -n "$VERSION" ] || fail "there are no containers to scale; deploy Shape=large first"
  deploy "Containers=$1" ${2:+"MostContainers=$2"}
}

containers() {
  local tasks
  tasks=$(aws ecs list-tasks --cluster "$STACK" --service-name "$STACK" --query 'taskArns[]' --output text \
    2> /dev/null) || only_missing
  # shellcheck disable=SC2086  # words separated by spaces
  [ -z "$tasks" ] || aws ecs describe-tasks --cluster "$STACK" --tasks $tasks --output table --query \
    'tasks[].{zone: availabilityZone, status: lastStatus, health: healthStatus, since: startedAt, task: taskDefinitionArn}'
  [ -z "$(stack_output Targets)" ] || aws elbv2 describe-target-health --target-group-arn "$(stack_output Targets)" --output table --query \
    'TargetHealthDescriptions[].{target: Target.Id, port: Target.Port, state: TargetHealth.State, why: TargetHealth.Description}'
}

say_the_record() {
  [ "$(stack_output Shape)" = large ] && [ -z "$(stack_parameter HostedZone)" ] || return 0
  echo "$(stack_parameter Domain) has to be another name (CNAME) of $(stack_output Balancer)"
}
