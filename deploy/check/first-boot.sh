#!/bin/bash
# Runs user-data.sh twice in a container, with stand-ins for the programs that would change a machine.
# Each stand-in records its calls. Prints the calls, and a checksum of each file that the script writes.
# shellcheck disable=SC2016  # the stand-ins expand the quoted variables
set -euo pipefail

mkdir -p /stand-ins /etc/ecs /etc/docker /etc/sysctl.d /etc/modules-load.d /etc/systemd
for program in systemctl mkswap swapon modprobe sysctl dd curl dnf aws sleep; do
  printf '#!/bin/bash\necho "%s $*" >> /calls\n' $program > /stand-ins/$program
done
echo ': > "${2#of=}"' >> /stand-ins/dd
echo 'echo answer' >> /stand-ins/curl
echo '[ "$2" != describe-addresses ] || echo eipalloc-1' >> /stand-ins/aws
echo '[ "$2" != associate-address ] || [ -e /late ] || { touch /late; exit 254; }' >> /stand-ins/aws
chmod +x /stand-ins/*
export PATH=/stand-ins:$PATH

for _ in 1 2; do
  : > /calls
  bash /user-data.sh
  cat /calls
  find /etc/ecs /etc/docker /etc/systemd /etc/sysctl.d /etc/modules-load.d /etc/fstab /swapfile \
    -type f -exec sha256sum {} +
  echo ---
done
cat /etc/ecs/ecs.config /etc/fstab /etc/modules-load.d/* /etc/sysctl.d/*
echo ---
CHAT_STACK=other CHAT_CLUSTER=other-cluster bash /user-data.sh
cat /calls /etc/ecs/ecs.config
