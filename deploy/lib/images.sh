# shellcheck shell=bash
# The two images of a version: the chat, and the server that has the certificate.

build() {
  find_account
  find_version
  say "Building version $version"
  # No attestations, so that the images that the registry keeps are versions.
  export BUILDX_NO_DEFAULT_ATTESTATIONS=1
  docker build --platform linux/amd64 --build-arg "VERSION=$version" --tag "$registry/$STACK:$version" .
  docker build --platform linux/amd64 --build-arg "VERSION=$version" --target https \
    --tag "$registry/$STACK:$version-https" .
}

push() {
  find_account
  find_version
  say "Pushing version $version"
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
  docker push "$registry/$STACK:$version"
  docker push "$registry/$STACK:$version-https"
}

is_pushed() {
  [ "$(aws ecr describe-images --repository-name "$STACK" --image-ids "imageTag=$version" \
    "imageTag=$version-https" --query 'length(imageDetails)' --output text 2> /dev/null)" = 2 ]
}
