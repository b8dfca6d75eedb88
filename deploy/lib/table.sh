# shellcheck shell=bash
# The table of messages, which outlives the stack.

LAST_TABLE=/$STACK/table

# Decide whether the table is part of the stack, which then manages its units, backups and expiry.
# A table that an earlier stack of the chat has left is taken over; any other one is used as it is.
find_table() {
  local table ours
  table=$(table_name) || exit 1
  imports=
  ours=$(aws cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id Table \
    --query StackResourceDetail.PhysicalResourceId --output text 2> /dev/null) || only_missing
  parameters+=("TableName=$table")
  if [ "$ours" = "$table" ] || ! has_table "$table"; then
    return
  fi
  is_ready "$table" ||
    fail "TableName: $table is still being made; wait for it, then run the same command again: aws dynamodb wait table-exists --table-name $table"
  if [ -z "$ours" ] && is_of_the_chat "$table"; then
    say "The table $table of an earlier stack becomes part of this one"
    imports=yes
  else
    say "The table $table is not of this stack, which leaves its units, backups and expiry as they are"
    parameters+=("CreateTable=false")
  fi
}

table_name() {
  local name default=ChatMessages
  [ "$STACK" = cloud-chat ] || default=$STACK-messages
  name=$(parameter TableName)
  if [ -z "$name" ] && ! has_stack; then
    name=$(aws ssm get-parameter --name "$LAST_TABLE" --query Parameter.Value --output text 2> /dev/null) ||
      only_missing
  fi
  echo "${name:-$default}"
}

# The stack knows which table is used. It is kept here for the time after the stack: for the next deployment, and
# for a take-down that was interrupted.
keep_table_name() {
  ! has_stack ||
    aws ssm put-parameter --name "$LAST_TABLE" --type String --overwrite --value "$1" > /dev/null || exit 1
}

has_table() {
  aws dynamodb describe-table --table-name "$1" > /dev/null 2>&1 || { only_missing; return 1; }
}

is_ready() {
  local status
  status=$(aws dynamodb describe-table --table-name "$1" --query Table.TableStatus --output text) || exit 1
  [[ $status =~ ^(ACTIVE|UPDATING)$ ]]
}

is_of_the_chat() {
  local app
  app=$(aws dynamodb list-tags-of-resource --query "Tags[?Key=='app'].Value | [0]" --output text \
    --resource-arn "arn:aws:dynamodb:$region:$account:table/$1") || exit 1
  [ "$app" = cloud-chat ]
}

delete_table() {
  has_table "$1" || return 0
  say "Deleting the table $1"
  aws dynamodb update-table --table-name "$1" --no-deletion-protection-enabled > /dev/null
  aws dynamodb wait table-exists --table-name "$1"
  aws dynamodb delete-table --table-name "$1" > /dev/null
  aws dynamodb wait table-not-exists --table-name "$1"
}

# After a restore there are two tables, and only one of them can be part of the stack.
say_what_is_left() {
  local tables
  tables=$(aws dynamodb list-tables --output text \
    --query "TableNames[?starts_with(@, 'ChatMessages') || starts_with(@, '$1')]")
  [ -n "$tables" ] || { say "No table of messages is left"; return; }
  say "Left with their messages: $tables"
  if [[ " ${tables//[[:space:]]/ } " == *" $1 "* ]]; then
    echo "The next deployment goes on with $1, or with another one: TableName=…"
  else
    echo "To go on with one of them: deploy/cloud-chat deploy TableName=${tables%%[[:space:]]*}"
  fi
}
