/** One subgraph as Apollo's documentation builds it: `stock-subgraph.mjs NAME`, with PORT and DATABASE_URL. */
import { readFile } from 'node:fs/promises';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import pg from 'pg';
import { subgraphs } from './resolvers.mjs';

const name = process.argv[2];
const { resolvers, createLoaders } = subgraphs[name];
const typeDefs = parse(await readFile(new URL(`schemas/${name}.graphql`, import.meta.url), 'utf8'));
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const server = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs, resolvers }) });
await startStandaloneServer(server, {
  context: async () => ({ pool, loaders: createLoaders(pool) }),
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
});
