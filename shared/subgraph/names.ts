/** The five subgraphs, in the order in which they start. Access Control is first: the others ask it who a tenant is. */
export const subgraphNames = ['access-control', 'crm', 'teetime', 'scl', 'messaging'] as const;

export type SubgraphName = (typeof subgraphNames)[number];

export function isSubgraphName(value: string): value is SubgraphName {
  return (subgraphNames as readonly string[]).includes(value);
}

/** The subgraph's PostgreSQL schema, and the stem of its roles: `access_control`, `access_control_owner`, … */
export function schemaOf(name: SubgraphName): string {
  return name.replaceAll('-', '_');
}

/** The stem of the subgraph's settings: `ACCESS_CONTROL` in `ACCESS_CONTROL_DATABASE_URL`. */
export function settingsPrefixOf(name: SubgraphName): string {
  return schemaOf(name).toUpperCase();
}
