import { parse } from "cookie";
import { unsign } from "cookie-signature";

/** The person of a signed session cookie; undefined if the cookie is missing or forged. */
export function personOf(header, secret) {
  const value = unsign(parse(header ?? "").chat ?? "", secret);
  if (!value) return undefined;
  const [id, name] = JSON.parse(Buffer.from(value, "base64url"));
  return { id, name };
}
