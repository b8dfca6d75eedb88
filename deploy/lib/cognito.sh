# shellcheck shell=bash
# Accounts with Amazon Cognito, in a stack of their own that outlives the chat: deploy/templates/sign-in.yaml.

ACCOUNTS=$STACK-sign-in
ADMINISTRATORS=chat-administrators
ADDRESS_FORM='^[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}$'

check_cognito() {
  local administrator
  check_encryption
  administrator=$(parameter Administrator)
  [[ ! $STACK =~ aws|amazon|cognito ]] ||
    fail "CLOUD_CHAT_STACK: Cognito allows neither aws, amazon nor cognito in the address of its sign-in page, which has this name"
  if is_given OidcIssuer || is_given OidcClientId; then
    fail "SignIn=cognito has its own provider: leave out OidcIssuer and OidcClientId, or use SignIn=openid"
  fi
  [ -z "$administrator" ] || [[ $administrator =~ $ADDRESS_FORM ]] ||
    fail "Administrator: $administrator is not an e-mail address"
  [ -n "$administrator" ] || has_administrator ||
    fail "who administers the chat? add Administrator=YOUR-E-MAIL-ADDRESS"
}

has_administrator() {
  local members
  read_accounts
  [ -n "$pool" ] || return 1
  members=$(aws cognito-idp list-users-in-group --user-pool-id "$pool" --group-name "$ADMINISTRATORS" \
    --query 'Users[].Username' --output text 2> /dev/null) || only_missing
  [ -n "$members" ]
}

# Sets `pool`, `client` and `issuer`; they are empty without a stack.
read_accounts() {
  aws cloudformation describe-stacks --stack-name "$ACCOUNTS" --output text \
    --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]' > "$work/accounts" 2> /dev/null || only_missing
  pool=$(accounts_output Pool)
  client=$(accounts_output Client)
  issuer=$(accounts_output Issuer)
}

accounts_output() {
  awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$work/accounts"
}

prepare_cognito() {
  make_accounts
  read_accounts
  fetch_client_secret
  keep_client_secret "$client"
  make_administrator "$(parameter Administrator | in_small_letters)"
  parameters+=("OidcIssuer=$issuer" "OidcClientId=$client" "OidcGroupsClaim=cognito:groups")
  default_to OidcName "your account"
  name_administrators
}

# The former address stays until the next deployment, because this one may go back to it.
make_accounts() {
  local url before title
  url=$(coming_url) || exit 1
  before=$(stack_output Url)
  [[ $before == https://* && $before != "$url" ]] || before=
  title=$(parameter Title)
  remove_failed_accounts
  say "Making or changing the accounts, stack $ACCOUNTS"
  aws cloudformation deploy --stack-name "$ACCOUNTS" --template-file deploy/templates/sign-in.yaml \
    --no-fail-on-empty-changeset --tags app=cloud-chat --parameter-overrides "Url=$url" "FormerUrl=$before" \
    "Title=${title:-Cloud Chat}" "Prefix=$STACK-$account" > "$work/accounts.log" 2>&1 || {
    grep -E 'error occurred|changeset:' "$work/accounts.log" >&2 || STACK=$ACCOUNTS explain_failure "The accounts could not be made"
    say_it_is_whole
    exit 1
  }
}

# CloudFormation can't update a stack whose creation failed, which leaves its pool behind.
remove_failed_accounts() {
  local each pools users empty=
  settle_accounts
  case $accounts_state in
    CREATE_FAILED | ROLLBACK_COMPLETE | ROLLBACK_FAILED) ;;
    *) return 0 ;;
  esac
  pools=$(pools_of_accounts) || exit 1
  for each in $pools; do
    users=$(aws cognito-idp list-users --user-pool-id "$each" --limit 1 --query 'Users[].Username' --output text) ||
      exit 1
    [ -n "$users" ] || empty="$empty $each"
  done
  delete_accounts "$empty"
}

# Wait for what an interrupted command has begun. Sets `accounts_state`.
settle_accounts() {
  retry 1800 have_accounts_settled || fail "the stack $ACCOUNTS still changes; wait for its end, then run the same command again"
}

have_accounts_settled() {
  accounts_state=$(accounts_status) || exit 1
  [[ $accounts_state != *_IN_PROGRESS || $accounts_state = REVIEW_IN_PROGRESS ]]
}

pools_of_accounts() {
  aws cognito-idp list-user-pools --max-results 60 --query "UserPools[?Name=='$ACCOUNTS'].Id" --output text
}

accounts_status() {
  aws cloudformation describe-stacks --stack-name "$ACCOUNTS" --query 'Stacks[0].StackStatus' \
    --output text 2> /dev/null || only_missing
}

fetch_client_secret() {
  aws cognito-idp describe-user-pool-client --user-pool-id "$pool" --client-id "$client" --output text \
    --query UserPoolClient.ClientSecret | tr -d '\n' > "$work/client-secret" ||
    fail "the secret of the client $client of the pool $pool can't be read"
}

# An account that is there already only becomes a member of the group.
make_administrator() {
  local state
  [ -n "$1" ] || return 0
  state=$(account_state "$1") || exit 1
  if [ -z "$state" ]; then
    create_account "$1" "" || exit 1
    say "An e-mail with a temporary password, good for 7 days, is on its way to $1"
    echo "To invite others: deploy/cloud-chat invite ADDRESS …"
  fi
  aws cognito-idp admin-add-user-to-group --user-pool-id "$pool" --username "$1" \
    --group-name "$ADMINISTRATORS" > /dev/null || exit 1
}

# The group is one of those who administer the chat, whoever else is.
name_administrators() {
  local others
  others=$(parameter Administrators)
  case ,${others// /}, in
    *",$ADMINISTRATORS,"*) ;;
    *) parameters+=("Administrators=$ADMINISTRATORS${others:+,$others}") ;;
  esac
}

# Give people an account: invite ADDRESS … or invite 'NAME <ADDRESS>' …
invite() {
  local each failed=
  [ $# -gt 0 ] || fail "whom? deploy/cloud-chat invite ADDRESS …"
  find_account
  check_invitations
  for each in "$@"; do
    invite_person "$each" || failed=yes
  done
  echo "Cognito sends 50 e-mails a day at most, from no-reply@verificationemail.com."
  [ -z "$failed" ] || exit 1
}

check_invitations() {
  case $(stack_parameter SignIn) in
    cognito) ;;
    openid) fail "accounts of this chat are made at its provider, $(stack_parameter OidcIssuer)" ;;
    name) fail "people sign in by a name of their choice and need no account; SignIn=cognito changes that" ;;
    *) fail "the stack $STACK has no accounts; run: deploy/cloud-chat deploy Administrator=YOUR-E-MAIL-ADDRESS" ;;
  esac
  read_accounts
  [ -n "$pool" ] || fail "the stack $ACCOUNTS is missing; run: deploy/cloud-chat deploy"
}

invite_person() {
  local address=$1 name='' state named='^(.*[^ ]) *<([^<> ]+)>$'
  if [[ $1 =~ $named ]]; then
    name=${BASH_REMATCH[1]} address=${BASH_REMATCH[2]}
  fi
  [[ $address =~ $ADDRESS_FORM ]] || { echo "$1: not an e-mail address" >&2; return 1; }
  address=$(echo "$address" | in_small_letters)
  state=$(account_state "$address") || return 1
  case $state in
    "") create_account "$address" "$name" && echo "$address: invited" ;;
    FORCE_CHANGE_PASSWORD) create_account "$address" "" RESEND && echo "$address: invited again, with another password" ;;
    *) rename_person "$address" "$name" && echo "$address: has an account${name:+, and is called $name from now on}" ;;
  esac
}

rename_person() {
  [ -z "$2" ] || aws cognito-idp admin-update-user-attributes --user-pool-id "$pool" --username "$1" \
    --user-attributes "[{\"Name\": \"name\", \"Value\": $(json_string "$2")}]"
}

in_small_letters() {
  tr '[:upper:]' '[:lower:]'
}

# Such as CONFIRMED, or FORCE_CHANGE_PASSWORD of somebody who never signed in; nothing without an account.
account_state() {
  aws cognito-idp admin-get-user --user-pool-id "$pool" --username "$1" --query UserStatus --output text \
    2> "$work/error" || grep -q UserNotFoundException "$work/error" || { cat "$work/error" >&2; return 1; }
}

# Make an account, of which Cognito sends an e-mail; with RESEND once more: create_account ADDRESS NAME [RESEND]
create_account() {
  local attributes
  attributes="{\"Name\": \"email\", \"Value\": $(json_string "$1")}, {\"Name\": \"email_verified\", \"Value\": \"true\"}"
  [ -z "$2" ] || attributes="$attributes, {\"Name\": \"name\", \"Value\": $(json_string "$2")}"
  aws cognito-idp admin-create-user --user-pool-id "$pool" --username "$1" --user-attributes "[$attributes]" \
    --desired-delivery-mediums EMAIL ${3:+--message-action "$3"} > /dev/null
}

delete_sign_in() {
  local pools
  pools=$(pools_of_accounts) || exit 1
  settle_accounts
  [ -n "$pools$accounts_state" ] || return 0
  say "Deleting the accounts"
  delete_accounts "$pools"
}

# The pool is protected, and the stack leaves it behind.
delete_accounts() {
  local each
  aws cloudformation delete-stack --stack-name "$ACCOUNTS"
  aws cloudformation wait stack-delete-complete --stack-name "$ACCOUNTS" ||
    { STACK=$ACCOUNTS explain_failure "The accounts could not be deleted"; exit 1; }
  for each in $1; do
    aws cognito-idp update-user-pool --user-pool-id "$each" --deletion-protection INACTIVE > /dev/null || exit 1
    aws cognito-idp delete-user-pool --user-pool-id "$each" || exit 1
  done
}
