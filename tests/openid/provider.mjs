/**
 * A strict OpenID provider: `node tests/openid/provider.mjs PORT`; provider.py starts it.
 *
 * Its login page has one field, "name", and one button; what one types is the subject for good,
 * whatever the name becomes. A POST of JSON to /control changes how it behaves:
 *   people: {name: claims}   what it says of somebody; `disabled: true` keeps the person out
 *   offset: seconds          its clock is off by so much
 *   rotate: true             it signs with a new key, and forgets the old one
 *   backChannel: url         where it tells of logouts
 *   userInfo: true           ID tokens have no more than the subject
 *   idTokenLasts: seconds
 * Whatever isn't named is as at the start again, but for the keys.
 */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Provider } from "oidc-provider";

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

let control = {};
const realNow = Date.now;
Date.now = () => realNow() + (control.offset ?? 0) * 1000;

function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
}

function claimsOf(name) {
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@example.com`;
  return { sub: name, name, email, email_verified: true, ...control.people?.[name] };
}

function findAccount(_context, accountId) {
  const { disabled, ...claims } = claimsOf(accountId);
  return disabled ? undefined : { accountId, claims: () => claims };
}

async function grantAll(context) {
  const { session, client, provider } = context.oidc;
  const known = session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope("openid profile email offline_access");
  await grant.save();
  return grant;
}

function makeProvider() {
  const client = {
    client_id: "chat",
    client_secret: "a secret: 100% + / =",
    redirect_uris: ["http://127.0.0.1/sign-in/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    backchannel_logout_session_required: true,
  };
  const provider = new Provider(issuer, {
    clients: [client],
    jwks: { keys: [newKey()] },
    cookies: { keys: ["only for tests"] },
    claims: {
      openid: ["sub", "groups", "cognito:groups", "roles", "hd"],
      profile: ["name", "nickname", "preferred_username", "updated_at"],
      email: ["email", "email_verified"],
    },
    conformIdTokenClaims: Boolean(control.userInfo),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: confirmAtOnce },
    },
    fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }),
    findAccount,
    issueRefreshToken: () => true,
    loadExistingGrant: grantAll,
    rotateRefreshToken: true,
    ttl: { IdToken: () => control.idTokenLasts ?? 3600 },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  });
  // The chat's port differs from test to test.
  const { prototype } = provider.Client;
  prototype.redirectUriAllowed = (address) =>
    /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/sign-in\/callback$/.test(address);
  prototype.postLogoutRedirectUriAllowed = (address) =>
    /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(address);
  Object.defineProperty(prototype, "backchannelLogoutUri", {
    get: () => control.backChannel,
    set: () => {},
  });
  return provider;
}

function confirmAtOnce(context, form) {
  context.body = `<!doctype html><title>Sign out</title>${form}
    <button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>`;
}

const LOGIN = `<!doctype html><title>Sign in to the provider</title>
<form method="post"><label>Name <input name="name" required autofocus></label>
<button>Sign in</button></form>`;

async function login(provider, request, response) {
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    return response.end(LOGIN);
  }
  const name = new URLSearchParams(await text(request)).get("name");
  const result = claimsOf(name).disabled
    ? { error: "access_denied", error_description: "This account is disabled." }
    : { login: { accountId: name } };
  await provider.interactionFinished(request, response, result);
}

function change(asked) {
  const makesNew = asked.rotate || Boolean(asked.userInfo) !== Boolean(control.userInfo);
  control = asked;
  if (makesNew) provider = makeProvider();
}

let provider = makeProvider();

createServer(async (request, response) => {
  if (request.url === "/control") {
    change(JSON.parse(await text(request)));
    response.end("done");
  } else if (request.url.startsWith("/interaction/")) {
    await login(provider, request, response);
  } else {
    provider.callback()(request, response);
  }
}).listen(port, "127.0.0.1");
