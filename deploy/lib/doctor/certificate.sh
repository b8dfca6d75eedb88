# shellcheck shell=bash
# The certificate of the chat.

look_at_certificate() {
  [[ $url == https://* ]] || { ok "no certificate is wanted (Https=false)"; return; }
  command -v openssl > /dev/null || { unknown "the certificate" "openssl is not installed"; return; }
  openssl s_client -connect "$host:443" -servername "$host" < /dev/null 2> /dev/null |
    openssl x509 > "$work/certificate" 2> /dev/null || { unknown "the certificate" "port 443 does not show one"; return; }
  if is_self_signed; then
    wrong "the chat has no certificate of an authority yet: $(newest_of_https)" "see that the ports and the name are right above; the chat tries again by itself"
    return
  fi
  look_at_chain
  look_at_days
}

is_self_signed() {
  [ "$(of_certificate -issuer | sed 's/^issuer= *//')" = "$(of_certificate -subject | sed 's/^subject= *//')" ]
}

of_certificate() {
  openssl x509 -noout "$@" < "$work/certificate"
}

# What the server that has the certificate said last.
newest_of_https() {
  local line
  line=$(aws logs filter-log-events --log-group-name "$STACK" --log-stream-name-prefix ecs/https/ --output text \
    --start-time $(($(an_hour_ago) * 1000)) --query 'events[].[message]' 2> /dev/null) || line=
  line=$(printf '%s\n' "$line" | grep -v '^None$' | tail -n 1 | cut -c 1-300)
  echo "${line:-its log has no line of the last hour}"
}

look_at_chain() {
  local issuer names
  issuer=$(of_certificate -issuer | sed -e 's/^issuer= *//')
  names=$(of_certificate -text | awk '/Subject Alternative Name/ { getline; sub(/^ */, ""); print }')
  if fetch "$url/healthz"; then
    ok "the certificate is valid, for $names, of $issuer"
    return
  fi
  case ,$names, in
    *":$host,"* | *"Address:$host,"*) wrong "the certificate is not accepted here, of $issuer" "a test authority (CertificateDirectory=…) is accepted nowhere: deploy/cloud-chat deploy CertificateDirectory=https://acme-v02.api.letsencrypt.org/directory" ;;
    *) wrong "the certificate is for $names, and not for $host" "wait ten minutes; then deploy/cloud-chat logs" ;;
  esac
}

# A certificate for an address lives 160 hours, one for a name 90 days; both are renewed long before.
look_at_days() {
  local least=14 ends
  [[ ! $host =~ ^[0-9.]+$ ]] || least=2
  ends=$(of_certificate -enddate | sed 's/^notAfter=//')
  if ! of_certificate -checkend 0 > /dev/null; then
    wrong "the certificate has ended, $ends: $(newest_of_https)" "deploy/cloud-chat logs says why it is not renewed"
  elif ! of_certificate -checkend $((least * 86400)) > /dev/null; then
    wrong "the certificate ends soon, $ends: $(newest_of_https)" "deploy/cloud-chat logs says why it is not renewed"
  else
    ok "the certificate ends $ends, in more than $least days"
  fi
}
