import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `amplify_outputs.json` in Amplify's own format. Endpoints have no place in it: the client sets them. */
export async function writeAmplifyOutputs(
  dataDir: string,
  outputs: {
    readonly url: string;
    readonly region: string;
    readonly userPoolId: string;
    readonly clientId: string;
    readonly identityPoolId: string;
    readonly apiKey: string | undefined;
  },
): Promise<string> {
  const { url, region, userPoolId, clientId, identityPoolId, apiKey } = outputs;
  const file = join(dataDir, 'amplify_outputs.json');
  const content = {
    version: '1.3',
    auth: {
      aws_region: region,
      user_pool_id: userPoolId,
      user_pool_client_id: clientId,
      identity_pool_id: identityPoolId,
      password_policy: {
        min_length: 8,
        require_lowercase: true,
        require_uppercase: true,
        require_numbers: true,
        require_symbols: true,
      },
      standard_required_attributes: [],
      username_attributes: [],
      user_verification_types: ['email'],
      unauthenticated_identities_enabled: true,
      mfa_configuration: 'NONE',
      mfa_methods: [],
      groups: [],
    },
    data: {
      aws_region: region,
      url: `${url}/graphql`,
      ...(apiKey === undefined ? {} : { api_key: apiKey }),
      default_authorization_type: 'AMAZON_COGNITO_USER_POOLS',
      authorization_types: apiKey === undefined ? [] : ['API_KEY'],
    },
  };
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
}
