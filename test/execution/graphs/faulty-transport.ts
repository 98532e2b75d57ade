import type { GraphQLFormattedError } from 'graphql';
import type { SubgraphResponse, SubgraphTransport } from '../../../shared/subgraph/transport';

/** What is wrong with a subgraph's answers. */
type Fault = (response: SubgraphResponse, seed: number) => SubgraphResponse;

/** The faults by their names; a request asks for one by its id, as `corrupt-values catalog 7`. */
const faults: Record<string, Fault> = {
  'no-answer': () => {
    throw new Error('connect ECONNREFUSED');
  },
  'no-data': () => ({
    data: null,
    errors: [{ message: 'nothing works', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
  }),
  'no-data-no-error': () => ({ data: null }),
  'error-without-code': ({ data }) => ({
    data,
    errors: [{ message: '' }, { message: 'odd', path: ['somewhere', 'else'] }],
  }),
  'lost-entities': loseEntities,
  'corrupt-values': ({ data, errors }, seed) => ({
    data: corrupt(data, 'data', seed) as SubgraphResponse['data'],
    errors,
  }),
};

export const faultNames = Object.keys(faults);

/** A transport whose subgraph has the fault that the request's id names for it. */
export function withFaults(name: string, transport: SubgraphTransport): SubgraphTransport {
  return {
    ...transport,
    async execute(request, call) {
      const response = await transport.execute(request, call);
      const [fault = '', subgraph, seed] = call.requestId.split(' ');
      return subgraph === name ? (faults[fault]?.(response, Number(seed)) ?? response) : response;
    },
  };
}

/** Some entities are `null`, with an error at each; which ones depends on what they are, not on where they stand. */
function loseEntities({ data, errors = [] }: SubgraphResponse, seed: number): SubgraphResponse {
  const entities = data?.['_entities'];
  if (!Array.isArray(entities)) return { data, errors };
  const lost: GraphQLFormattedError[] = [];
  const kept = entities.map((entity, index) => {
    if (hash(JSON.stringify(entity), seed) % 3 !== 0) return entity;
    lost.push({ message: 'lost', path: ['_entities', index], extensions: { code: 'NOT_FOUND' } });
    return null;
  });
  return { data: { _entities: kept }, errors: [...errors, ...lost] };
}

const WRONG_VALUES = [null, null, null, 'wrong', 12.5, true];

/** Puts `null`, or a value of another type, for some values; which ones depends on what they are. */
function corrupt(value: unknown, key: string, seed: number): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => corrupt(element, `${key}[]`, seed));
  }
  const digest = hash(key + JSON.stringify(value), seed);
  const isHit = digest % 19 === 0 && key !== 'data' && key !== '_entities[]';
  if (typeof value === 'object' && value !== null) {
    if (isHit) return null;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, corrupt(part, name, seed)]));
  }
  if (!isHit) return value;
  if (key === '__typename') return value === 'Query' ? value : 'Nothing';
  return WRONG_VALUES[(digest >>> 8) % WRONG_VALUES.length];
}

/** FNV-1a, of 32 bits. */
function hash(text: string, seed: number): number {
  let digest = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    digest = Math.imul(digest ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return digest;
}
