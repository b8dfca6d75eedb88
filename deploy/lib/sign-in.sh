# shellcheck shell=bash
# With what people sign in.

# Stop unless somebody has chosen who may enter.
check_sign_in() {
  local way administrator
  way=$(parameter SignIn)
  administrator=$(parameter Administrator)
  [ -z "$way" ] && [ -n "$administrator" ] && way=cognito
  case $way in
    cognito | openid | name) parameters+=("SignIn=$way") ;;
    "") fail "who may enter? Administrator=YOUR-E-MAIL-ADDRESS makes accounts with Amazon Cognito; SignIn=openid uses another provider; SignIn=name lets everybody in who reaches the chat" ;;
    *) fail "SignIn: use cognito, openid or name" ;;
  esac
}

prepare_sign_in() {
  :
}

invite() {
  :
}

delete_sign_in() {
  :
}
