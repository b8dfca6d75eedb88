# shellcheck shell=bash
# What the chat has logged, and the alarms.

look_at_log() {
  local count
  ask "the log" logs filter-log-events --log-group-name "$STACK" --start-time $(($(an_hour_ago) * 1000)) \
    --filter-pattern '{ $.level = "error" || $.level = "critical" }' --query 'events[].[message]' || return 0
  printf '%s\n' "$answer" | grep -v '^None$' | grep . > "$work/errors" || true
  count=$(awk 'END { print NR }' "$work/errors")
  if [ "$count" = 0 ]; then
    ok "the log of the last hour has no errors"
  else
    wrong "the log of the last hour has $count errors, the newest: $(tail -n 1 "$work/errors" | cut -c 1-300)" "docs/operate.md says what each means"
  fi
}

look_at_alarms() {
  local topic
  if [ -z "$(stack_parameter AlarmEmail)" ]; then
    ok "no alarms are wanted; for them: deploy/cloud-chat deploy AlarmEmail=YOUR-E-MAIL-ADDRESS"
    return
  fi
  ask "the alarms" cloudwatch describe-alarms --alarm-name-prefix "$STACK-" --state-value ALARM \
    --query "MetricAlarms[].[join(': ', [AlarmName, AlarmDescription || ''])]" || return 0
  if [ -z "$answer" ]; then
    ok "no alarm rings"
  else
    wrong "an alarm rings: $(printf '%s' "$answer" | tr '\n' ';')" "docs/operate.md says what each means"
  fi
  ask "who is told of alarms" cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id AlarmTopic \
    --query StackResourceDetail.PhysicalResourceId || return 0
  topic=$answer
  [ -n "$topic" ] || { wrong "nobody is told of alarms" "deploy/cloud-chat deploy"; return; }
  ask "who is told of alarms" sns list-subscriptions-by-topic --topic-arn "$topic" \
    --query 'Subscriptions[].[SubscriptionArn, Endpoint]' || return 0
  case $answer in
    *PendingConfirmation*) wrong "nobody has confirmed the e-mail about alarms" "open the e-mail of AWS to $(stack_parameter AlarmEmail), and confirm it" ;;
    *arn:*) ok "alarms go to $(stack_parameter AlarmEmail)" ;;
    *) wrong "nobody is told of alarms" "deploy/cloud-chat deploy AlarmEmail=YOUR-E-MAIL-ADDRESS" ;;
  esac
}
