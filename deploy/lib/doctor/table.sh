# shellcheck shell=bash
# The table of messages, and the keys.

look_at_table() {
  local status protection billing
  table=$(stack_output Table)
  table=${table:-$(stack_parameter TableName)}
  ask "the table $table" dynamodb describe-table --table-name "$table" --query \
    "Table.[TableStatus, DeletionProtectionEnabled, BillingModeSummary.BillingMode || 'PROVISIONED']" || return 0
  if [ -z "$answer" ]; then
    wrong "there is no table $table" "restore it as docs/operate.md says, or deploy/cloud-chat deploy CreateTable=true"
    return
  fi
  read -r status protection billing <<< "$answer"
  [ "$status" = ACTIVE ] && ok "the table $table is ACTIVE, $billing" || unknown "the table $table" "it is $status; wait"
  [ "$protection" = True ] && ok "the table is protected from deletion" ||
    wrong "the table can be deleted by mistake" "aws dynamodb update-table --table-name $table --deletion-protection-enabled"
  look_at_recovery
  look_at_expiry
  look_at_throttling WriteThrottleEvents "written"
  look_at_throttling ReadThrottleEvents "read"
}

look_at_recovery() {
  ask "the recovery of the table" dynamodb describe-continuous-backups --table-name "$table" --query \
    ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus || return 0
  [ "$answer" = ENABLED ] && ok "the table can be restored to any second" ||
    wrong "the table can't be restored" "aws dynamodb update-continuous-backups --table-name $table --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
}

look_at_expiry() {
  ask "the expiry of the table" dynamodb describe-time-to-live --table-name "$table" \
    --query TimeToLiveDescription.TimeToLiveStatus || return 0
  case $answer in
    ENABLED | ENABLING) ok "what has expired is deleted from the table" ;;
    *) wrong "what has expired stays in the table" "aws dynamodb update-time-to-live --table-name $table --time-to-live-specification Enabled=true,AttributeName=ExpiresAt" ;;
  esac
}

# look_at_throttling METRIC VERB
look_at_throttling() {
  local count
  ask "the metric $1" cloudwatch get-metric-statistics --namespace AWS/DynamoDB --metric-name "$1" --statistics Sum --period 3600 \
    --dimensions "Name=TableName,Value=$table" --start-time "$(an_hour_ago)" --end-time "$(date +%s)" --query 'sum(Datapoints[].Sum)' || return 0
  count=${answer%.*}
  if [ "${count:-0}" -gt 10 ]; then
    wrong "in the last hour $count times more was $2 than the table allows" "deploy/cloud-chat deploy TableUnits=0"
  else
    ok "in the last hour the table was $2 within its units (refused: ${count:-0})"
  fi
}

# That they are there; never what they are.
look_at_keys() {
  local name needed=secret-key
  if [ "$(stack_parameter SecretStore)" = secrets-manager ]; then
    ask "the key of the cookies" secretsmanager describe-secret --secret-id "$STACK/secret-key" --query Name || return 0
    [ -n "$answer" ] && ok "the key /$STACK/secret-key is there" || wrong "the key that signs the cookies is missing" "deploy/cloud-chat deploy"
    needed=
  fi
  [ "$(stack_parameter SignIn)" = name ] || needed="$needed oidc-client-secret"
  for name in $needed; do
    ask "the key /$STACK/$name" ssm describe-parameters --parameter-filters "Key=Name,Values=/$STACK/$name" \
      --query 'Parameters[].Name' || return 0
    [ -n "$answer" ] && ok "the key /$STACK/$name is there" ||
      wrong "the key /$STACK/$name is missing: containers can't start" "deploy/cloud-chat deploy, which makes it or says how"
  done
}
