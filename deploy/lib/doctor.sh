# shellcheck shell=bash
# What is wrong, and what to do.

doctor() {
  :
}
