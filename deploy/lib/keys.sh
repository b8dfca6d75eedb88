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
  aws ssm get-parameter --name "$1" > /dev/null 2>&1 || { only_missing; return 1; }
}

# Store standard input under a name.
put_secret() {
  cat > "$work/secret"
  aws ssm put-parameter --name "$1" --type SecureString --overwrite --value "file://$work/secret" > /dev/null ||
    exit 1 # also where the caller looks at the exit code, which switches `set -e` off
  rm "$work/secret"
}

delete_secrets() {
  local name
  for name in secret-key certificate oidc-client-secret table; do
    aws ssm delete-parameter --name "/$STACK/$name" 2> /dev/null || only_missing
  done
}

# Exchange the key that signs the cookies. Sessions that the present one has signed go on; with --sign-out all
# end. One more key is kept, because the containers may still sign with it if an earlier run was interrupted.
rotate_key() {
  parameters=("")
  case ${1:-} in
    "" | --sign-out) ;;
    *) fail "rotate-key has one option, --sign-out" ;;
  esac
  find_account
  find_shape
  read_keys > "$work/keys"
  head -n 2 "$work/keys" > "$work/old-keys"
  head -c 36 /dev/urandom | base64 > "$work/new-key"
  if [ "${1:-}" = --sign-out ]; then
    say "Exchanging the key: everybody has to sign in again"
    confirm
    use_keys "$work/new-key"
    return
  fi
  if [ "$shape" = large ]; then
    say "Telling all containers of the new key, before the first one signs with it"
    use_keys "$work/old-keys" "$work/new-key"
  fi
  say "Signing with the new key"
  use_keys "$work/new-key" "$work/old-keys"
}

# The keys, one in each line; the first one signs.
read_keys() {
  if [ "$(parameter SecretStore)" = secrets-manager ]; then
    aws secretsmanager get-secret-value --secret-id "$STACK/secret-key" --query SecretString --output text
  else
    aws ssm get-parameter --name "$SECRET_KEY" --with-decryption --query Parameter.Value --output text
  fi
}

# Store the keys of these files, and start the containers anew.
use_keys() {
  # Without a line break at the end: earlier versions take it for a part of an only key.
  printf '%s' "$(cat "$@")" > "$work/keys"
  if [ "$(parameter SecretStore)" = secrets-manager ]; then
    aws secretsmanager put-secret-value --secret-id "$STACK/secret-key" --secret-string "file://$work/keys" > /dev/null
  else
    put_secret "$SECRET_KEY" < "$work/keys"
  fi
  aws ecs update-service --cluster "$STACK" --service "$STACK" --force-new-deployment > /dev/null
  retry 1800 is_stable ||
    fail "the containers didn't start within half an hour; \`deploy/cloud-chat doctor\` says why"
}

# The waiting command gives up after ten minutes.
is_stable() {
  aws ecs wait services-stable --cluster "$STACK" --services "$STACK" 2> /dev/null || { only_patience; return 1; }
}
