import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  buildSchema,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  responsePathAsArray,
} from 'graphql';
import { createRandom, type Random } from '../random';

const SDL = `
  interface Being { name: String! friends(first: Int = 2): [Being!] told(word: String, count: Int! = 3): String }
  type Person implements Being {
    name: String! friends(first: Int = 2): [Being!] told(word: String, count: Int! = 3): String
    age: Int born: Day best: Being tags: [String!]! matrix: [[Int!]]! mood: Mood! pet: Pet! pets: [Pet]! isOne: Boolean any: Any
  }
  type Robot implements Being {
    name: String! friends(first: Int = 2): [Being!] told(word: String, count: Int! = 3): String
    maker: Person! model: ID! parts: [Robot]
  }
  type Dog { name: ID owner: Person age: Float! mood: Mood }
  union Pet = Dog | Robot
  enum Mood { GLAD SAD }
  scalar Day
  scalar Any
  input Wish { word: String! = "none", of: Wish, moods: [Mood!] }
  type Query { person: Person! beings(wish: Wish, mood: Mood = SAD): [Being]! pet(wish: Wish!): Pet dogs: [Dog!] told(word: String, count: Int! = 3): String }
  type Mutation { person(wish: Wish): Person pet: Pet! told(word: String, count: Int! = 3): String! dogs: [Dog]! }
`;

/** What becomes later, in an order of its own: so two executors that are asked the same see it happen in the same order. */
export class Later {
  readonly #waiting: { rank: string; settle: () => void }[] = [];

  promise<T>(rank: string, make: () => T): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      const settle = () => {
        try {
          resolve(make());
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ rank: createHash('sha1').update(rank).digest('hex'), settle });
    });
    // Not every value is asked for.
    promise.catch(() => undefined);
    return promise;
  }

  /** Lets one thing happen after the other until `work` has ended. */
  async until<T>(work: Promise<T> | T): Promise<T> {
    let isOver = false;
    const ended = Promise.resolve(work).finally(() => {
      isOver = true;
    });
    ended.catch(() => undefined);
    for (await setImmediate(); !isOver; await setImmediate()) {
      this.#waiting.sort((one, other) => one.rank.localeCompare(other.rank));
      this.#waiting.shift()?.settle();
    }
    return ended;
  }
}

export interface UnrulyCall {
  later: Later;
  /** Values are the same for the same seed, at the same place of an answer. */
  seed: number;
}

/**
 * A schema whose resolvers return all that a resolver may, and much that it may not: values and promises of them, methods,
 * errors thrown, returned and rejected, null where there must be none, lists that are none, and types that are others.
 */
export function createUnrulySchema(): GraphQLSchema {
  const schema = buildSchema(SDL);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith('__')) addResolvers(schema, type);
    if (isScalarType(type) && type.name === 'Day') {
      type.serialize = (value) => (value instanceof Date ? value.toISOString() : undefined);
    }
  }
  const pet = schema.getType('Pet') as { resolveType?: unknown };
  pet.resolveType = (value: { kind?: string }, { later }: UnrulyCall, info: GraphQLResolveInfo) => {
    const at = responsePathAsArray(info.path).join('.');
    return value.kind?.endsWith('t')
      ? later.promise(`type ${at}`, () => value.kind)
      : (value.kind ?? new Error(`no kind at ${info.fieldName}`));
  };
  const dog = schema.getType('Dog') as GraphQLObjectType;
  dog.isTypeOf = (value, { later }: UnrulyCall) => {
    const { kind } = value as { kind?: string };
    return kind === undefined ? later.promise('is it', () => true) : kind === 'Dog';
  };
  return schema;
}

function addResolvers(schema: GraphQLSchema, type: GraphQLObjectType): void {
  const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
  for (const field of Object.values(type.getFields())) {
    if (field.name === 'told') {
      field.resolve = (_source, given, _context, info) => tell(given, info);
    } else if (isRoot || field.name === 'best' || field.name === 'friends') {
      field.resolve = (_source, _given, { later, seed }: UnrulyCall, info) => {
        const place = responsePathAsArray(info.path).join('.');
        const made = createMaker(schema, later, `${seed} ${place}`).value(info.returnType, 0);
        return typeof made === 'function' ? made() : made;
      };
    }
  }
}

/** All that a resolver is told. */
function tell(given: object, info: GraphQLResolveInfo): string {
  return JSON.stringify({
    given,
    fieldName: info.fieldName,
    nodes: info.fieldNodes.map(({ loc }) => loc?.start),
    types: [String(info.returnType), String(info.parentType)],
    path: responsePathAsArray(info.path),
    fragments: Object.keys(info.fragments),
    operation: info.operation.name?.value,
    variables: info.variableValues,
  });
}

const MAX_DEPTH = 3;

function createMaker(schema: GraphQLSchema, later: Later, place: string) {
  const random = createRandom(
    Number.parseInt(createHash('sha1').update(place).digest('hex').slice(0, 8), 16),
  );
  let made = 0;

  /** A value for a type: mostly a right one. */
  function value(type: GraphQLOutputType, depth: number): unknown {
    made += 1;
    const rank = `${place} ${made}`;
    const fail = (): never => {
      throw new Error(`failed at ${rank}`);
    };
    if (random.chance(0.02)) return later.promise(rank, fail);
    if (random.chance(0.02)) return new Error(`returned at ${rank}`);
    if (random.chance(0.02)) return fail.bind(null);
    if (random.chance(isNonNullType(type) ? 0.02 : 0.1)) return random.chance(0.5) ? null : undefined;
    const found = rightValue(isNonNullType(type) ? type.ofType : type, depth);
    if (random.chance(0.15)) return later.promise(rank, () => found);
    return random.chance(0.1) ? () => found : found;
  }

  function rightValue(type: GraphQLOutputType, depth: number): unknown {
    if (isListType(type)) {
      if (random.chance(0.03)) return 'no list';
      const length = depth < MAX_DEPTH ? random.below(4) : 0;
      const items = Array.from({ length }, () => item(type.ofType, depth));
      return random.chance(0.1) ? new Set(items) : items;
    }
    const { name } = getNamedType(type);
    const leaf = leafValues[name];
    return leaf ? leaf(random) : object(possible(name), depth);
  }

  /**
   * Where one element may end the list, all of them come later: graphql-js lets go of promises when an element fails at once,
   * and their own failures then are nobody's.
   */
  function item(type: GraphQLOutputType, depth: number): unknown {
    const one = value(type, depth);
    const found = typeof one === 'function' ? null : one;
    return isNonNullType(type) ? later.promise(`${place} item ${made}`, () => found) : found;
  }

  function possible(name: string): GraphQLObjectType | null {
    const declared = schema.getType(name);
    if (isObjectType(declared)) return declared;
    const chosen = schema.getType(random.pick(name === 'Being' ? ['Person', 'Robot'] : ['Dog', 'Robot']));
    return random.chance(0.05) ? null : (chosen as GraphQLObjectType);
  }

  function object(type: GraphQLObjectType | null, depth: number): unknown {
    if (random.chance(0.02)) return 5;
    if (type === null)
      return random.pick([{}, { __typename: 'Dog' }, { __typename: 'Nothing', kind: 'Mood' }, { kind: 7 }]);
    const fields = Object.values(type.getFields()).map((field) => [
      field.name,
      depth < MAX_DEPTH ? value(field.type, depth + 1) : null,
    ]);
    const kind = random.chance(0.03) ? 'Person' : type.name;
    return { ...Object.fromEntries(fields), __typename: type.name, ...(random.chance(0.9) ? { kind } : {}) };
  }

  return { value };
}

const leafValues: Record<string, (random: Random) => unknown> = {
  String: (random) => random.pick(['a', '', 5, true, {}, { toJSON: () => 'json' }, Number.NaN]),
  ID: (random) => random.pick(['a', 7, 1.5, []]),
  Int: (random) => random.pick([1, -5, '12', 'text', 1.5, 2 ** 40, true]),
  Float: (random) => random.pick([1, 1.5, '2.5', Number.POSITIVE_INFINITY, 'text']),
  Boolean: (random) => random.pick([true, false, 1, 'yes']),
  Mood: (random) => random.pick(['GLAD', 'SAD', 'SAD', 'BAD']),
  Day: (random) => random.pick([new Date(0), new Date(86_400_000), 'no day', 5]),
  Any: (random) => random.pick([{ a: [1] }, 'text', 0, new Date(0), [null]]),
};
