# shellcheck shell=bash
# The images of a version: the chat, and the server that has the certificate of the small shape.

build() {
  local platform=linux/amd64 chat https
  find_account
  find_version
  find_processor
  check_docker
  say "Building version $version for $processor"
  [ "$processor" = x86_64 ] || platform=linux/$processor
  read -r chat https <<< "$(image_tags)"
  # No attestations, so that the images that the registry keeps are versions.
  export BUILDX_NO_DEFAULT_ATTESTATIONS=1
  docker build --platform "$platform" --build-arg "VERSION=$version" --tag "$registry/$STACK:$chat" .
  [ -z "$https" ] || docker build --platform "$platform" --build-arg "VERSION=$version" --target https \
    --tag "$registry/$STACK:$https" .
}

# The tags of the images that are needed. Only the small shape, which has an x86 processor, has a server of its own
# for HTTPS.
image_tags() {
  local tag=$version
  [ "$processor" = x86_64 ] || tag=$version-$processor
  if [ "$shape" = large ] || [ "$(parameter Https)" = false ]; then
    echo "$tag"
  else
    echo "$tag $tag-https"
  fi
}

# That of the stack, where `deploy` hasn't found it.
find_processor() {
  [ -z "${processor:-}" ] || return 0
  # shellcheck disable=SC2206  # words separated by spaces
  parameters=("CreateTable=true" ${CLOUD_CHAT_PARAMETERS:-})
  find_shape
  choose_processor
}

check_docker() {
  command -v docker > /dev/null || fail "docker is not installed; docs/deploy.md says what a deployment needs"
  docker version > /dev/null 2>&1 || fail "docker does not run; start Docker Desktop, or: sudo systemctl start docker"
}

push() {
  local tag
  find_account
  find_version
  find_processor
  check_docker
  say "Pushing version $version"
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
  for tag in $(image_tags); do
    has_image "$tag" || # a tag can't be overwritten, and an interrupted run may have pushed this one
      docker push "$registry/$STACK:$tag"
  done
}

is_pushed() {
  local tag
  for tag in $(image_tags); do
    has_image "$tag" || return 1
  done
}

has_image() {
  local count
  count=$(aws ecr describe-images --repository-name "$STACK" --image-ids "imageTag=$1" \
    --query 'length(imageDetails)' --output text 2> /dev/null) || only_missing
  [ "$count" = 1 ]
}
