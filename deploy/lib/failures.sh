# shellcheck shell=bash
# Why CloudFormation could not change the stack, and what to do.

explain_failure() {
  say "$1, because of:"
  newest_failures | tee "$work/failures"
  advice "$work/failures"
}

say_it_is_whole() {
  say "Nothing is half made: after that is mended, run the same command again"
}

# The failures of the newest change, the first one first. What was cancelled because of them says nothing.
newest_failures() {
  aws cloudformation describe-stack-events --stack-name "$STACK" --output text --query \
    "StackEvents[].[LogicalResourceId, ResourceStatus, ResourceStatusReason || '']" | awk -F '\t' -v stack="$STACK" '
    ended { next }
    $2 ~ /_FAILED$/ && $3 !~ /cancelled/ { text[++count] = $1 ": " $3 }
    $1 == stack && $3 ~ /User Initiated/ { ended = 1 }
    END { for (i = count; i > 0; i--) if (count - i < 10) print text[i] }'
}

# What to do about the reasons in a file.
advice() {
  local quota="ask for more in the console of Service Quotas"
  while IFS=$'\t' read -r pattern text; do
    ! grep -qE "$pattern" "$1" || say "Do this: $text"
  done << END
[Vv]CPU (capacity|limit)|VcpuLimitExceeded|InstanceLimitExceeded	the account may not run so many processors: $quota (Amazon EC2, Running On-Demand Standard instances), or choose a smaller InstanceType
AddressLimitExceeded|maximum number of addresses	the account has no Elastic IP address left in $region: release one that nobody uses, or $quota (EC2-VPC Elastic IPs)
VpcLimitExceeded|maximum number of VPCs|InternetGatewayLimitExceeded	the account has no VPC left in $region: delete one that nobody uses, or $quota (Amazon VPC, VPCs per Region), or use another region
InsufficientInstanceCapacity|sufficient .* capacity	AWS has no such instance free at the moment: try again later, or choose another InstanceType
not eligible for Free Tier	the account is on the free plan: choose an InstanceType that is in it, such as t3.micro
not supported in your requested Availability Zone	the zones of $region that the chat uses have no such instance: choose another InstanceType
AccessDenied|UnauthorizedOperation|not authorized	these credentials lack the right to do that; use those of an administrator
[Cc]ircuit [Bb]reaker	the new version did not get well, and the one before it runs again if there was one; \`deploy/cloud-chat doctor\` and \`deploy/cloud-chat logs\` say why
[Ss]ervice-?linked role|assume the service linked role	the account has no role of ECS yet: aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com
already exists	something of another deployment has this name: remove it, or take another name (CLOUD_CHAT_STACK=…)
END
}
