/** The document under `/<poolId>/.well-known/openid-configuration`. The OAuth addresses are this node's. */
export function discoveryDocument(issuer: string, address: string) {
  return {
    authorization_endpoint: `${address}/oauth2/authorize`,
    end_session_endpoint: `${address}/logout`,
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    revocation_endpoint: `${address}/oauth2/revoke`,
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint: `${address}/oauth2/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    userinfo_endpoint: `${address}/oauth2/userInfo`,
  } as const;
}
