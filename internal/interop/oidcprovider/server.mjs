// The npm package oidc-provider with its development login pages, configured for SMART App Launch as far
// as its configuration reaches. Reads its settings from standard input as JSON, writes the port that it
// listens on to standard output, and ends when standard input does.
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

const [line] = await once(createInterface({ input: process.stdin }), 'line');
const settings = JSON.parse(line);

const client = {
  redirect_uris: [settings.redirectURI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

const provider = new Provider(settings.issuer, {
  clients: [
    { ...client, client_id: settings.publicID, token_endpoint_auth_method: 'none' },
    { ...client, client_id: settings.symmetricID, client_secret: settings.clientSecret },
    {
      client_id: settings.facadeID, client_secret: settings.facadeSecret,
      redirect_uris: [], grant_types: [], response_types: [],
    },
  ],
  scopes: settings.scopes,
  claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
  conformIdTokenClaims: false, // SMART puts fhirUser into the ID token
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, fhirUser: `${settings.base}/${settings.fhirUser}` }),
  }),
  clientBasedCORS: () => true,
  // SMART asks for POST at the authorization endpoint, which needs the session cookie across sites.
  enableHttpPostMethods: true,
  cookies: { keys: [settings.cookieKey], long: { sameSite: 'none' } },
  allowOmittingSingleRegisteredRedirectUri: false,
  features: {
    introspection: { enabled: true, allowedPolicy: (ctx, caller) => caller.clientId === settings.facadeID },
    revocation: { enabled: true },
  },
});

provider.proxy = true; // TLS ends at the facade

// The launch context stands beside the access token. The one user of this server is a patient.
provider.use(async (ctx, next) => {
  await next();
  const granted = ctx.oidc?.route === 'token' && ctx.body?.access_token ? ctx.body.scope?.split(' ') ?? [] : [];
  if (granted.includes('launch/patient')) ctx.body.patient = settings.patient;
});

const server = provider.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
