# shellcheck shell=bash
# The provider with which people sign in.

look_at_sign_in() {
  local issuer said
  [ "$(stack_parameter SignIn)" != name ] || { ok "people sign in by a name of their choice (SignIn=name)"; return; }
  issuer=$(stack_parameter OidcIssuer)
  [ -n "$issuer" ] || { wrong "the chat has no OpenID provider" "deploy/cloud-chat deploy"; return; }
  said=$(curl --silent --fail --connect-timeout 5 --max-time 10 "${issuer%/}/.well-known/openid-configuration") || {
    wrong "the OpenID provider $issuer does not describe itself" "correct OidcIssuer, or look at the provider"
    return
  }
  said=$(printf '%s' "$said" | issuer_in)
  if [ "$said" != "$issuer" ]; then
    wrong "the OpenID provider calls itself $said" "deploy/cloud-chat deploy OidcIssuer=$said"
    return
  fi
  ok "the OpenID provider $issuer describes itself"
  [ "$(stack_parameter SignIn)" != cognito ] || look_at_accounts
}

# What the client of Cognito knows is not asked for: that answer has its secret, too.
look_at_accounts() {
  ask "the stack of the accounts" cloudformation describe-stacks --stack-name "$ACCOUNTS" \
    --query "Stacks[0].Parameters[?ends_with(ParameterKey, 'Url')].ParameterValue" || return 0
  case " $(echo $answer) " in
    *" $url "*) ok "Cognito sends people back to $url" ;;
    *) wrong "Cognito does not send people back to $url" "deploy/cloud-chat deploy" ;;
  esac
}
