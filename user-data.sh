#!/bin/bash
# First boot of an instance from the ECS-optimised image of Amazon Linux 2023: it joins the cluster, and
# takes the fixed address. CHAT_CLUSTER and CHAT_STACK name another cluster and the address of another
# stack (none: no address). Running it again changes nothing.
set -euo pipefail

# The agent. A stopping task has 30 seconds to store queued messages and to move its clients on. ECS
# places tasks with dockerSecurityOptions only on instances with ECS_SELINUX_CAPABLE or AppArmor.
cat > /etc/ecs/ecs.config <<END
ECS_CLUSTER=${CHAT_CLUSTER:-chat-cluster}
ECS_ENABLE_TASK_IAM_ROLE=true
ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","awslogs"]
ECS_CONTAINER_STOP_TIMEOUT=30s
ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=10m
ECS_SELINUX_CAPABLE=true
ECS_LOG_ROLLOVER_TYPE=size
ECS_LOG_MAX_FILE_SIZE_MB=10
ECS_LOG_MAX_ROLL_COUNT=3
END

# Limit the logs of the system, and of containers that don't log to CloudWatch.
cat > /etc/docker/daemon.json.new <<'END'
{"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}
END
if cmp --silent /etc/docker/daemon.json.new /etc/docker/daemon.json; then
  rm /etc/docker/daemon.json.new
else
  mv /etc/docker/daemon.json.new /etc/docker/daemon.json
  systemctl restart docker
fi
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nSystemMaxUse=100M\n' > /etc/systemd/journald.conf.d/size.conf
systemctl restart systemd-journald

# Some swap for the pull of a new image: the machine has 1 GiB of memory.
if [ ! -f /swapfile ]; then
  dd if=/dev/zero of=/swapfile.new bs=1M count=1024 status=none
  chmod 600 /swapfile.new
  mkswap /swapfile.new
  mv /swapfile.new /swapfile
fi
grep -q '^/swapfile ' /etc/fstab || echo '/swapfile none swap sw 0 0' >> /etc/fstab
grep -q '^/swapfile ' /proc/swaps || swapon /swapfile

# Track 10,000 connections and those just closed: with 1 GiB the kernel's default is about 7,000.
echo nf_conntrack > /etc/modules-load.d/chat.conf
modprobe nf_conntrack
printf 'vm.swappiness = 10\nnet.netfilter.nf_conntrack_max = 65536\n' > /etc/sysctl.d/90-chat.conf
sysctl --quiet --load /etc/sysctl.d/90-chat.conf

# The fixed address, if there is one: a new instance takes it over.
take_address() {
  local token instance region address
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token)
  instance=$(metadata instance-id)
  region=$(metadata placement/region)
  command -v aws > /dev/null || dnf install -y -q awscli-2
  address=$(aws ec2 describe-addresses --region "$region" --filters "Name=tag:Name,Values=${CHAT_STACK:-cloud-chat}" \
    --query 'Addresses[0].AllocationId' --output text)
  [ "$address" = None ] || aws ec2 associate-address --region "$region" --allocation-id "$address" \
    --instance-id "$instance" --allow-reassociation
}
metadata() { curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"; }
[ "${CHAT_STACK:-}" != none ] || exit 0
# Retry: the network and the role may not be ready yet.
for pause in 5 10 20 40 80 0; do
  take_address && exit
  sleep $pause
done
echo "No fixed address: the instance keeps the one that it was given" >&2
