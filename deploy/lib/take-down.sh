# shellcheck shell=bash
# Removes the chat.

take_down() {
  parameters=("")
  local table
  find_account
  read_stack
  check_owner
  table=$(table_name) || exit 1
  case ${1:-} in
    "") say "Taking the chat down; the table $table, the accounts and the keys stay" ;;
    --with-table) say "Taking the chat down, with all messages in the table $table, the accounts and the keys" ;;
    *) fail "take-down has one option, --with-table" ;;
  esac
  check_deletion_protection
  confirm
  keep_table_name "$table"
  settle_stack
  end_containers
  delete_stack
  if [ "${1:-}" = --with-table ]; then
    delete_sign_in
    delete_table "$table"
    delete_secrets
    delete_certificates
  fi
  say_what_is_left "$table"
}
