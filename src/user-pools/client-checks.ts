import { DirectoryError, invalidParameter } from './errors.ts';
import { validitySeconds, type ClientSettings, type OAuthSettings, type PoolSettings } from './settings.ts';

const MINUTE = 60;
const DAY = 86_400;

/** Scopes that every pool has; others come with resource servers. */
const SCOPES = new Set(['phone', 'email', 'openid', 'profile', 'aws.cognito.signin.user.admin']);
/** The directory itself; others come with federation. */
const PROVIDERS = new Set(['COGNITO']);

/** Throws for settings of a client that do not go together or name what the pool has not. */
export function checkClientSettings(
  pool: { readonly id: string; readonly settings: PoolSettings },
  settings: ClientSettings,
  { hasSecret }: { readonly hasSecret: boolean },
): void {
  checkValidity(settings);
  checkAttributeNames(pool.settings, settings);
  const provider = settings.identityProviders.find((name) => !PROVIDERS.has(name));
  if (provider !== undefined) {
    throw invalidParameter(`The provider ${provider} does not exist for User Pool ${pool.id}.`);
  }
  checkOAuth(settings.oauth, hasSecret);
}

/** Access and id tokens live 5 minutes to a day, refresh tokens an hour to ten years and no shorter than those. */
function checkValidity(settings: ClientSettings): void {
  const access = validitySeconds(settings.accessTokenValidity);
  const id = validitySeconds(settings.idTokenValidity);
  const refresh = validitySeconds(settings.refreshTokenValidity);
  const short = [access, id].every((seconds) => seconds >= 5 * MINUTE && seconds <= DAY);
  if (!short || refresh < 60 * MINUTE || refresh > 3650 * DAY || Math.max(access, id) > refresh) {
    throw invalidParameter('Invalid range for token validity.');
  }
}

function checkAttributeNames({ schema }: PoolSettings, settings: ClientSettings): void {
  const known = new Map(schema.map((definition) => [definition.name, definition]));
  if (settings.readAttributes?.some((name) => !known.has(name)) === true) {
    throw invalidParameter('Invalid read attributes specified while creating a client');
  }
  const closed = (name: string) =>
    !known.has(name) || known.get(name)?.developerOnly === true || OF_THE_SERVER.has(name);
  if (settings.writeAttributes?.some(closed) === true) {
    throw invalidParameter('Invalid write attributes specified while creating a client');
  }
}

/** No client writes these. */
const OF_THE_SERVER = new Set(['sub', 'identities', 'email_verified', 'phone_number_verified']);

function checkOAuth(oauth: OAuthSettings, hasSecret: boolean): void {
  const invalidFlow = (message: string) => new DirectoryError('INVALID_OAUTH_FLOW', message);
  if (oauth.flows.includes('client_credentials')) {
    if (oauth.flows.length > 1) {
      throw invalidFlow('client_credentials flow can not be selected along with code flow or implicit flow.');
    }
    if (!hasSecret) {
      throw invalidFlow(
        'client_credentials flow can not be selected if client does not have a client secret.',
      );
    }
  }
  const scope = oauth.scopes.find((name) => !SCOPES.has(name));
  if (scope !== undefined) throw new DirectoryError('SCOPE_NOT_FOUND', `Invalid scope requested: ${scope}`);
  for (const url of [...oauth.callbackUrls, ...oauth.logoutUrls]) checkRedirect(url);
  const { defaultRedirectUri } = oauth;
  if (defaultRedirectUri !== null && !oauth.callbackUrls.includes(defaultRedirectUri)) {
    throw invalidParameter(`${defaultRedirectUri} is not in CallbackURLs.`);
  }
}

/** Where people are sent with a code: an absolute address without a fragment, http only to their own machine. */
function checkRedirect(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || text.includes('#')) throw invalidParameter(`${text} is not a valid redirect URL.`);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && !local) throw invalidParameter(`${text} cannot use the HTTP protocol.`);
}
