# shellcheck shell=bash
# The secrets of the chat in the Parameter Store. Their values are never on a command line, because other
# users of this machine can see command lines.

SECRET_KEY=/$STACK/secret-key

# Create the key once and keep it: with another key everybody has to sign in again.
make_secret_key() {
  [ "$(parameter SecretStore)" != secrets-manager ] || return 0
  has_secret "$SECRET_KEY" && return
  say "Making the key that signs the cookies"
  head -c 36 /dev/urandom | base64 | tr -d '\n' | put_secret "$SECRET_KEY"
}

has_secret() {
  aws ssm get-parameter --name "$1" > /dev/null 2>&1
}

# Store standard input under a name.
put_secret() {
  cat > "$work/secret"
  aws ssm put-parameter --name "$1" --type SecureString --overwrite --value "file://$work/secret" > /dev/null
  rm "$work/secret"
}

delete_secrets() {
  local name
  for name in secret-key certificate oidc-client-secret; do
    aws ssm delete-parameter --name "/$STACK/$name" 2> /dev/null || true
  done
}
