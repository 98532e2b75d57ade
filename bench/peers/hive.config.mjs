/** Hive Gateway with its planner in Rust, the fastest that it offers. */
import { defineConfig } from '@graphql-hive/gateway';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

export const gatewayConfig = defineConfig({
  unifiedGraphHandler,
  supergraph: process.env.SUPERGRAPH,
  host: '127.0.0.1',
  port: Number(process.env.PORT),
  pollingInterval: 0,
  logging: 'warn',
  landingPage: false,
  graphiql: false,
});
