/** Composes the subgraphs: `compose.mjs FILE NAME=URL…` writes the supergraph into the file. */
import { readFile, writeFile } from 'node:fs/promises';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

const [file, ...services] = process.argv.slice(2);
const definitions = await Promise.all(
  services.map(async (service) => {
    const [name, url] = service.split('=');
    const text = await readFile(new URL(`schemas/${name}.graphql`, import.meta.url), 'utf8');
    return { name, url, typeDefs: parse(text) };
  }),
);
const { errors, supergraphSdl } = composeServices(definitions);
if (errors) throw new Error(errors.map((error) => error.message).join('\n'));
await writeFile(file, supergraphSdl);
