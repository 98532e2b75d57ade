import type { TestSubgraph } from './test-graph';

const branches = ['a', 'b'].map((code) => ({ code, city: code === 'a' ? 'Durban' : null }));
const copiesOf = (mediaId: string) =>
  branches.map((branch) => ({ mediaId, branch, state: mediaId === 'm1' ? null : 'GOOD' }));

/** Copies of books: a compound and nested key, and a field that requires another subgraph's. */
export const shelves: TestSubgraph = {
  sdl: `
    type Query { copies: [Copy!] }
    type Mutation { takeCopy(mediaId: ID!): Copy }
    type Book @key(fields: "id") {
      id: ID!
      label: String @shareable
      weight: Int @external
      shipping: Int @requires(fields: "weight")
      copies: [Copy!]!
    }
    type Copy @key(fields: "mediaId branch { code }") {
      mediaId: ID!
      branch: Branch!
      state: State
      holder: Person
      of: Book!
    }
    type Branch @shareable { code: String! city: String }
    enum State { GOOD WORN }
    type Person @key(fields: "id") { id: ID! holds: [Copy] }
  `,
  resolvers: {
    Query: { copies: () => ['m1', 'm3', 'm5'].flatMap(copiesOf) },
    Mutation: { takeCopy: (_: unknown, { mediaId }: { mediaId: string }) => copiesOf(mediaId)[0] },
    Book: {
      label: ({ id }: { id: string }) => `label of ${id}`,
      shipping({ id, weight }: { id: string; weight: number | null }) {
        if (id === 'm3') throw new Error('m3 cannot be sent');
        return weight === null ? null : weight + 1;
      },
      copies: ({ id }: { id: string }) => copiesOf(id),
    },
    Copy: {
      holder: ({ mediaId }: { mediaId: string }) => ({ id: `p${mediaId.slice(1)}` }),
      of: ({ mediaId }: { mediaId: string }) => ({ id: mediaId }),
    },
    Person: { holds: ({ id }: { id: string }) => [...copiesOf(`m${id.slice(1)}`), null] },
  },
};

/** Prices: the end of a chain of requirements, over nested objects and lists. */
export const prices: TestSubgraph = {
  sdl: `
    type Query { cheapest: Book }
    type Book @key(fields: "id") {
      id: ID!
      shipping: Int @external
      copies: [Copy!]! @external
      price: Int!
      total: Int @requires(fields: "shipping")
      worn: Int! @requires(fields: "copies { state branch { code } }")
    }
    type Copy @key(fields: "mediaId branch { code }") {
      mediaId: ID!
      branch: Branch!
      state: State @external
      fee: Int!
    }
    type Branch @shareable { code: String! }
    enum State { GOOD WORN }
  `,
  resolvers: {
    Query: { cheapest: () => ({ id: 'm5' }) },
    Book: {
      price({ id }: { id: string }) {
        if (id === 'm9') throw new Error('no price');
        return Number(id.slice(1)) * 100;
      },
      total: ({ id, shipping }: { id: string; shipping: number | null }) =>
        shipping === null ? null : shipping + Number(id.slice(1)) * 100,
      worn: ({ copies }: { copies: { state: string | null; branch: { code: string } }[] }) =>
        copies.filter(({ state, branch }) => state !== 'GOOD' && branch.code !== 'c').length,
    },
    Copy: {
      __resolveReference: (copy: { branch: { code: string } }) => (copy.branch.code === 'b' ? null : copy),
      fee: () => 5,
    },
  },
};
