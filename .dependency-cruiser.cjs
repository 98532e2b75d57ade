/** Who may import whom. `npm run check:imports` and a test hold the tree against it. */
const subgraphs = 'access-control|crm|teetime|scl|messaging';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'shared-imports-libraries-only',
      severity: 'error',
      comment: 'shared is what everything stands on; it knows none of it',
      from: { path: '^shared/' },
      to: {
        path: '^(gateway|subgraphs|migrations|seed|operations|tools|test|bench)/|^(main|platform)\\.ts$',
      },
    },
    {
      name: 'gateway-imports-shared-only',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^(subgraphs|migrations|seed|operations|tools|test|bench)/|^(main|platform)\\.ts$' },
    },
    {
      name: 'subgraphs-do-not-know-each-other',
      severity: 'error',
      comment: 'across subgraphs there is only the graph and the events',
      from: { path: `^subgraphs/(${subgraphs})/` },
      to: { path: `^subgraphs/(${subgraphs})/`, pathNot: '^subgraphs/$1/' },
    },
    {
      name: 'subgraphs-import-themselves-and-shared',
      severity: 'error',
      from: { path: `^subgraphs/(${subgraphs})/` },
      to: {
        path: '^(gateway|migrations|seed|operations|tools|test|bench|subgraphs/[^/]+\\.ts)|^(main|platform)\\.ts$',
        pathNot: '^migrations/$1/',
      },
    },
    {
      name: 'migrations-import-libraries-only',
      severity: 'error',
      from: { path: '^migrations/[^/]+/' },
      to: { path: '^(gateway|subgraphs|shared|seed|operations|tools|test|bench)/|^(main|platform)\\.ts$' },
    },
    {
      name: 'one-file-knows-gateway-and-subgraphs',
      severity: 'error',
      from: { pathNot: '^(platform\\.ts$|test/|gateway/)' },
      to: { path: '^gateway/gateway\\.ts$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules|\\.data|bench/peers)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
