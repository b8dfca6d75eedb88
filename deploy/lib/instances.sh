# shellcheck shell=bash
# The instances that the containers run on.

NEWEST_IMAGES=/aws/service/ecs/optimized-ami/amazon-linux-2023

# Check a new type before the stack fails of it, minutes later. Only T instances have credits.
check_instance_type() {
  local type before offered has processors memory
  ! on_fargate || return 0
  type=$(parameter InstanceType)
  type=${type:-t3.micro}
  if [[ $type != t[0-9]* ]]; then
    parameters+=("CpuCredits=none")
  elif [ "$(parameter CpuCredits)" = none ]; then
    parameters+=("CpuCredits=unlimited")
  fi
  before=$(stack_parameter Processor)
  [ "$type $processor $shape $(parameter Launch)" != \
    "$(stack_parameter InstanceType) ${before:-x86_64} $(stack_output Shape) $(stack_parameter Launch)" ] || return 0
  offered=$(aws ec2 describe-instance-type-offerings --filters "Name=instance-type,Values=$type" \
    --query 'InstanceTypeOfferings[].InstanceType' --output text) || exit 1
  [ -n "$offered" ] ||
    fail "InstanceType: the region $region has no $type; choose another type, or another region"
  has=$(aws ec2 describe-instance-types --instance-types "$type" --output text \
    --query "InstanceTypes[0].[VCpuInfo.DefaultVCpus, MemoryInfo.SizeInMiB, join(' ', ProcessorInfo.SupportedArchitectures)]") ||
    exit 1
  read -r processors memory has <<< "$has"
  [[ " $has " == *" $processor "* ]] || fail "InstanceType: $type has another processor than $processor, for which the image is"
  # With places for one container only, an update at the highest number of containers finds none for the new ones.
  [ "$shape" = small ] || { [ "$processors" -ge 2 ] && [ "$memory" -ge 1024 ]; } ||
    fail "InstanceType: with Shape=large it needs 2 processors and 1 GiB of memory, and $type has less"
}

# The image of the operating system. Looked up at the first deployment and on request, because another
# image replaces the instance.
find_instance_image() {
  local image newest=$NEWEST_IMAGES/recommended/image_id
  [ "$processor" = x86_64 ] || newest=$NEWEST_IMAGES/$processor/recommended/image_id
  image=$(parameter InstanceImage)
  if [ "${image:-latest}" = latest ]; then
    image=$(aws ssm get-parameter --name "$newest" --query Parameter.Value --output text)
  fi
  parameters+=("InstanceImage=$image")
}

# ECS makes this role with the first cluster of an account, and uses it before IAM has spread it: the first
# stack of a new account would fail.
make_service_role() {
  has_service_role && return
  say "Making the role with which ECS works in this account"
  aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com > /dev/null 2> "$work/role" ||
    grep -q 'has been taken' "$work/role" || # another command was first
    { cat "$work/role" >&2; exit 1; }
  retry 60 has_service_role || fail "IAM does not show the new role of ECS yet; wait a minute, then run the same command again"
  pause 15 # there is no sign that IAM has spread it
}

has_service_role() {
  local roles
  roles=$(aws iam list-roles --path-prefix /aws-service-role/ecs.amazonaws.com/ --query 'Roles[].RoleName' \
    --output text) || exit 1
  [ -n "$roles" ]
}

# A service that is asked for before an instance has joined the cluster fails, because ECS counts containers
# that can't be placed as failed ones.
wait_for_instance() {
  ! on_fargate || return 0
  has_instance && return
  say "Waiting for the instance to join the cluster (a few minutes)"
  retry "${CLOUD_CHAT_PATIENCE:-600}" has_instance ||
    fail "no instance has joined the cluster within 10 minutes; run \`deploy/cloud-chat doctor\`, then deploy again"
}

# One that was just replaced stays in the list for a while, without a connection.
has_instance() {
  local instances
  instances=$(aws ecs list-container-instances --cluster "$STACK" --status ACTIVE --filter 'agentConnected == true' \
    --query 'containerInstanceArns' --output text) || exit 1
  [ -n "$instances" ]
}

# A cluster can't be deleted for a while after its instance has ended, unless that is deregistered first.
deregister_instances() {
  local each instances
  instances=$(aws ecs list-container-instances --cluster "$STACK" --query 'containerInstanceArns[]' \
    --output text 2> /dev/null) || only_missing
  for each in $instances; do
    aws ecs deregister-container-instance --cluster "$STACK" --container-instance "$each" --force > /dev/null ||
      only_missing
  done
}
