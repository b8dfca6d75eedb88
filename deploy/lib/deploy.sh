# shellcheck shell=bash
# Makes or changes the chat: the order in which its parts come to be.

deploy() {
  # Never empty: for the bash of macOS an empty array is an unset variable.
  parameters=("CreateTable=true")
  # shellcheck disable=SC2206  # words separated by spaces
  parameters+=(${CLOUD_CHAT_PARAMETERS:-} "$@")
  find_account
  find_version
  find_shape
  say "Cloud Chat $version to account $account, region $region, stack $STACK"
  remove_failed_stack
  choose_processor
  choose_budget
  check_parameters
  find_instance_image
  find_table
  make_secret_key
  make_service_role
  prepare_certificate
  if has_stack; then
    move
  else
    say "Making the stack, without the chat as it has no image yet (some minutes)"
    apply ImageVersion= || exit 1
  fi
  if ! is_pushed; then
    build
    push
  fi
  prepare_sign_in
  run_version
  status
}

# The shape is that of the stack, unless another one is asked for.
find_shape() {
  shape=$(stack_output Shape)
  local each
  for each in "${parameters[@]}"; do
    [[ $each != Shape=* ]] || shape=${each#Shape=}
  done
  shape=${shape:-small}
  [ -f "deploy/templates/$shape.yaml" ] && [[ $shape =~ ^(small|large)$ ]] || fail "Shape: use small or large"
}

# Stop at what CloudFormation would refuse minutes later, or would not notice at all.
check_parameters() {
  local each known
  known=" $(template_parameters | tr '\n' ' ') Shape Administrator "
  for each in "${parameters[@]}"; do
    [[ $known == *" ${each%%=*} "* ]] || fail "there is no parameter ${each%%=*}; deploy/templates/ has them all"
  done
  check_instance_type
  check_https
  check_large
  check_sign_in
}

check_https() {
  [ "$shape" = small ] || return 0
  local https fixed
  https=$(parameter Https)
  fixed=$(parameter FixedAddress)
  [ "${https:-true}" = false ] || [ "${fixed:-true}" = true ] || [ -n "$(parameter Domain)" ] ||
    fail "HTTPS needs a name for the certificate: leave out FixedAddress=false, or add Domain=chat.example.com"
}

run_version() {
  local before
  before=$(stack_parameter ImageVersion)
  look_for_replacement
  [ -z "$replaces" ] || [ -z "$before" ] || replace_instance
  wait_for_instance
  say "Running version $version (some minutes)"
  apply "ImageVersion=$version" && { run_containers; return; }
  if [ -n "$replaces" ] && [ -n "$before" ]; then
    say "Running version $before again"
    apply "ImageVersion=$before" || true
  fi
  exit 1
}

# Sets `replaces` if the small shape's only instance would be replaced.
look_for_replacement() {
  replaces=
  [ "$shape" = small ] && has_stack || return 0
  make_change "ImageVersion=$version"
  [ -n "$change" ] || return 0
  replaces=$(aws cloudformation describe-change-set --change-set-name "$change" --output text --query \
    "Changes[?ResourceChange.LogicalResourceId=='InstanceTemplate'].ResourceChange.Action")
  aws cloudformation delete-change-set --change-set-name "$change"
}

# The instance is replaced while no container is wanted: one that finds no instance would count as a failed
# deployment.
replace_instance() {
  say "This replaces the instance: the chat is away for five to ten minutes, and then all is there again"
  confirm
  apply ImageVersion= || exit 1
}

rollback() {
  VERSION=${1:?which version? deploy/cloud-chat status lists them}
  find_account
  find_version
  find_processor
  is_pushed || fail "there is no version $version in the registry"
  deploy
}
