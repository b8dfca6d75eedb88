# shellcheck shell=bash
# Makes or changes the chat: the order in which its parts come to be.

deploy() {
  # Never empty: for the bash of macOS an empty array is an unset variable.
  parameters=("CreateTable=true")
  # shellcheck disable=SC2206  # words separated by spaces
  parameters+=(${CLOUD_CHAT_PARAMETERS:-} "$@")
  find_account
  find_version
  say "Cloud Chat $version to account $account, region $region, stack $STACK"
  settle_stack
  find_shape
  choose_processor
  choose_alarms
  choose_budget
  check_parameters
  local pushed=yes
  is_pushed || { pushed=; check_docker; }
  find_instance_image
  find_table
  make_secret_key
  prepare_certificate
  if has_stack; then
    move
  else
    make_service_role
    say "Making the stack, without the chat as it has no image yet (some minutes)"
    apply ImageVersion= || exit 1
  fi
  if [ -z "$pushed" ]; then
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

# Whoever administers the chat is told of alarms, unless somebody else is.
choose_alarms() {
  [ -z "$(parameter AlarmEmail)" ] && is_given Administrator || return 0
  is_given AlarmEmail || parameters+=("AlarmEmail=$(parameter Administrator)")
}

# Stop at what CloudFormation would refuse minutes later, or would not notice at all.
check_parameters() {
  local each known
  known=" $(template_parameters | tr '\n' ' ') Shape Administrator "
  for each in "${parameters[@]}"; do
    [[ $each == *=* ]] || fail "a parameter looks like Title='Team chat', and not like $each"
    [[ $known == *" ${each%%=*} "* ]] || refuse_parameter "${each%%=*}"
  done
  check_instance_type
  check_https
  check_large
  check_sign_in
}

# Say why the shape has no such parameter: refuse_parameter NAME
refuse_parameter() {
  local other=large
  [ "$shape" = small ] || other=small
  ! deploy/lib/compose "$other" | parameter_names | grep -x "$1" > /dev/null ||
    fail "$1 is a parameter of Shape=$other, and this chat has Shape=$shape"
  ! parameter_names < deploy/templates/sign-in.yaml | grep -x "$1" > /dev/null ||
    fail "$1 is a parameter of the accounts; docs/accounts.md has the command for it"
  fail "there is no parameter $1; docs/deploy.md lists them"
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
  local before replaces=
  before=$(stack_parameter ImageVersion)
  make_change "ImageVersion=$version"
  if [ -z "$change" ]; then
    say "Version $version runs already, with these parameters"
    run_containers
    return
  fi
  if [ "$shape" = small ] && [ -n "$before" ] && [[ $changes == *" InstanceTemplate "* ]]; then
    replaces=yes
    drop_change
    replace_instance
    make_change "ImageVersion=$version"
  fi
  wait_for_instance
  say "Running version $version (some minutes)"
  execute_change && { run_containers; return; }
  if [ -n "$replaces" ]; then
    say "Running version $before again"
    apply "ImageVersion=$before" || true
  fi
  exit 1
}

# The instance is replaced while no container is wanted: one that finds no instance would count as a failed
# deployment.
replace_instance() {
  say "This replaces the instance: the chat is away for five to ten minutes, and then all is there again"
  confirm
  release_instances
  apply ImageVersion= || exit 1
}

rollback() {
  VERSION=${1:-=}
  [[ $VERSION != *=* ]] || fail "which version? deploy/cloud-chat status lists them"
  find_account
  find_version
  find_processor
  is_pushed || fail "there is no version $version in the registry"
  deploy
}
