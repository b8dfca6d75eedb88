const KEY = "leave to";

/**
 * After a sign-out, the sign-in page deletes what this browser stores of the person. Only then the
 * browser goes on to the OpenID provider, to sign out there, too.
 */
export function leaveTo(address) {
  if (new URL(address, location.href).origin !== location.origin)
    sessionStorage.setItem(KEY, address);
}

/** On the sign-in page: goes on, if there is somewhere to go. */
export function leave() {
  const address = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (address) location.replace(address);
}
