# shellcheck shell=bash
# Sign-in with an OpenID provider that is there already. docs/accounts.md has the steps for some products.

GOOGLE=https://accounts.google.com

check_openid() {
  local issuer client
  check_encryption
  has_signed_in_so || forget_other_provider
  issuer=$(parameter OidcIssuer)
  client=$(parameter OidcClientId)
  [ -n "$issuer" ] && [ -n "$client" ] ||
    fail "SignIn=openid needs OidcIssuer=https://… and OidcClientId=…, as the provider says them"
  [ -z "$(parameter Administrator)" ] ||
    fail "Administrator: with SignIn=openid accounts are made at the provider; Administrators=ADDRESS,GROUP names who administers the chat"
  [ "$issuer" != "$GOOGLE" ] || [ -n "$(parameter Allowed)" ] ||
    fail "Allowed: say who may sign in, such as Allowed=@example.com, because anybody can have an account of Google"
  check_issuer "$issuer"
  find_client_secret "$issuer" "$client"
}

# What the stack has of another way to sign in says nothing of this provider.
forget_other_provider() {
  is_given OidcIssuer || parameters+=("OidcIssuer=")
  is_given OidcClientId || parameters+=("OidcClientId=")
}

# The provider has to answer, and to call itself exactly so.
check_issuer() {
  local said
  [[ $1 == https://* ]] || fail "OidcIssuer: $1 is not an address such as https://login.example.com/realms/team"
  curl --silent --fail --max-time 20 "${1%/}/.well-known/openid-configuration" > "$work/provider" ||
    fail "OidcIssuer: nothing answers at ${1%/}/.well-known/openid-configuration"
  said=$(issuer_in < "$work/provider")
  [ "$said" = "$1" ] || fail "OidcIssuer: the provider calls itself ${said:-nothing at all}, not $1"
}

# What a provider calls itself in the description that is read.
issuer_in() {
  tr -d '\n' | sed -n 's/.*"issuer"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' | sed 's|\\/|/|g'
}

# The secret is that of OIDC_CLIENT_SECRET, the one that was stored for this client, or asked for.
find_client_secret() {
  local secret=${OIDC_CLIENT_SECRET:-}
  unset OIDC_CLIENT_SECRET
  if [ -z "$secret" ]; then
    ! is_same_client "$1" "$2" || ! has_secret "$CLIENT_SECRET" || return 0
    [ -t 0 ] || fail "set the variable OIDC_CLIENT_SECRET to the secret that the provider has given to the client $2"
    read -rsp "The secret of the client $2, which is not shown: " secret
    echo
    [ -n "$secret" ] || fail "without a secret nobody can sign in"
  fi
  printf '%s' "$secret" > "$work/client-secret"
}

is_same_client() {
  [ "$(stack_parameter OidcIssuer)" = "$1" ] && [ "$(stack_parameter OidcClientId)" = "$2" ]
}

prepare_openid() {
  local url
  url=$(coming_url) || exit 1
  [ ! -f "$work/client-secret" ] || keep_client_secret "$(parameter OidcClientId)"
  default_to OidcName "single sign-on"
  default_to OidcGroupsClaim groups
  default_to Administrators ""
  say "The provider has to know these addresses of the chat"
  echo "callback, or redirect URI:    $url/sign-in/callback"
  echo "after a sign-out:             $url/"
  echo "back-channel logout:          $url/sign-out/back-channel"
}
