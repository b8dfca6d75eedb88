import { SafeStorage } from "./models/safe-storage.js";

const KEY = "leave to";
const storage = new SafeStorage(() => window.sessionStorage);

/**
 * After a sign-out, the sign-in page deletes what this browser stores of the person. Only then the
 * browser goes on to the OpenID provider, to sign out there, too.
 */
export function leaveTo(address) {
  if (new URL(address, location.href).origin !== location.origin) storage.set(KEY, address);
}

/** On the sign-in page: goes on, if there is somewhere to go. */
export function leave() {
  const address = storage.get(KEY);
  storage.remove(KEY);
  if (address) location.replace(address);
}
