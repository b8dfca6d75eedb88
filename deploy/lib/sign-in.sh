# shellcheck shell=bash
# With what people sign in: an account of Cognito (cognito.sh), one of another provider (openid.sh), or a name.

CLIENT_SECRET=/$STACK/oidc-client-secret

# Stop unless somebody has chosen who may enter, in a way that can work. Sets `sign_in`.
check_sign_in() {
  sign_in=$(parameter SignIn)
  [ -n "$sign_in" ] || [ -z "$(parameter Administrator)" ] || sign_in=cognito
  case $sign_in in
    name) check_name ;;
    cognito) check_cognito ;;
    openid) check_openid ;;
    "") ask_who_may_enter ;;
    *) fail "SignIn: use cognito, openid or name" ;;
  esac
  warn_of_another_way
  parameters+=("SignIn=$sign_in")
}

ask_who_may_enter() {
  local way="who may enter? Administrator=YOUR-E-MAIL-ADDRESS makes accounts with Amazon Cognito; SignIn=openid uses another provider; SignIn=name lets everybody in who reaches the chat"
  ! has_stack || way="$way; SignIn=name Https=false leaves the chat as it is"
  fail "$way"
}

check_name() {
  [ -z "$(parameter Administrator)" ] || fail "Administrator: with SignIn=name there are no administrators; add SignIn=cognito"
}

check_encryption() {
  [ "$shape" = large ] || [ "$(parameter Https)" != false ] ||
    fail "SignIn=$sign_in needs HTTPS: add Https=true, or use SignIn=name"
}

# A person is somebody else to the chat after a change of the way to sign in.
warn_of_another_way() {
  local before
  before=$(stack_parameter SignIn)
  [ -n "$before" ] && [ "$before" != "$sign_in" ] && [ -n "$(stack_parameter ImageVersion)" ] || return 0
  say "From SignIn=$before to SignIn=$sign_in: everybody who is in has to sign in anew, and is a new person to the chat"
  confirm
}

prepare_sign_in() {
  case $sign_in in
    cognito) prepare_cognito ;;
    openid) prepare_openid ;;
  esac
}

# Where the chat will be after this deployment.
coming_url() {
  local name
  name=$(parameter Domain)
  name=${name:-$(stack_output Address)}
  name=${name:-$(stack_output Url | sed 's|.*://||')} # of an earlier version
  [ -n "$name" ] || fail "SignIn=$sign_in needs an address that stays: add Domain=chat.example.com"
  echo "https://$name"
}

# Add a parameter unless it is given, or the stack has it of this way to sign in: default_to NAME VALUE
default_to() {
  is_given "$1" || has_signed_in_so || parameters+=("$1=$2")
}

# Not so while the first deployment is under way: then the stack has no client yet.
has_signed_in_so() {
  [ "$(stack_parameter SignIn)" = "$sign_in" ] && [ -n "$(stack_parameter OidcClientId)" ]
}

# Store the secret in the file $work/client-secret, if it is another one. ECS reads it when a container starts.
keep_client_secret() {
  local stored
  stored=$(aws ssm get-parameter --name "$CLIENT_SECRET" --with-decryption --query Parameter.Value \
    --output text 2> /dev/null || true)
  [ "$stored" != "$(cat "$work/client-secret")" ] || return 0
  say "Storing the secret of the sign-in in the Parameter Store"
  put_secret "$CLIENT_SECRET" < "$work/client-secret" || exit 1
  restart_with_secret "$1"
}

# A new secret of the same client doesn't change the stack, so the service wouldn't notice it.
restart_with_secret() {
  [ "$(stack_parameter OidcClientId)" = "$1" ] && [ -n "$(stack_parameter ImageVersion)" ] || return 0
  aws ecs update-service --cluster "$STACK" --service "$STACK" --force-new-deployment > /dev/null
}
