/** How much a directory holds, with the figures of Cognito's documentation. */
export const QUOTAS = {
  pools: 1000,
  clientsOfPool: 1000,
  groupsOfPool: 10_000,
  groupsOfUser: 100,
  customAttributes: 50,
} as const;
