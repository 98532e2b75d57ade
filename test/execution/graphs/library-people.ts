import { GraphQLError } from 'graphql';
import type { TestSubgraph } from './test-graph';

interface Person {
  id: string;
  email: string;
  name: string;
  friends: ({ id: string } | null)[];
}

const people: Person[] = Array.from({ length: 7 }, (_, index) => ({
  id: `p${index + 1}`,
  email: `p${index + 1}@example.com`,
  name: `Person ${index + 1}`,
  friends: [{ id: `p${((index + 1) % 7) + 1}` }, null, { id: 'p1' }, { id: 'p1' }],
}));

const find = (id: string) => people.find((person) => person.id === id) ?? null;

/** People: two keys, references that fail or lead nowhere, fields that fail. */
export const peopleSubgraph: TestSubgraph = {
  sdl: `
    type Query {
      person(id: ID!): Person
      people: [Person!]!
      me: Person!
      shop: Shop @shareable
      rooms: [Room]! @shareable
    }
    type Shop { isOpen: Boolean! manager: Person }
    type Room { name: String! shop: Shop @shareable }
    type Person @key(fields: "id") @key(fields: "email") {
      id: ID!
      email: String!
      name: String! @shareable
      nickname: String
      friends: [Person]
      bestFriend: Person!
      address: Address!
      isMember: Boolean!
    }
    type Address { city: String street: String! }
  `,
  resolvers: {
    Query: {
      person: (_: unknown, { id }: { id: string }) => find(id),
      people: () => people,
      me: () => people[0],
      shop: () => ({ isOpen: true, manager: people[1] }),
      rooms: () => [{ name: 'front', shop: { isOpen: false } }, null, { name: 'back', shop: null }],
    },
    Person: {
      __resolveReference({ id }: { id: string }) {
        if (id === 'p6') throw new GraphQLError('p6 cannot be read', { extensions: { code: 'NOT_FOUND' } });
        return id === 'p5' ? null : find(id);
      },
      name({ id, name }: Person) {
        if (id === 'p3') throw new Error('p3 has no name');
        return name;
      },
      nickname: () => 'overridden',
      isMember: ({ id }: Person) => id === 'p1',
      friends: ({ friends }: Person) => friends.map((friend) => friend && find(friend.id)),
      bestFriend: ({ id }: Person) => (id === 'p4' ? null : find('p2')),
      address: ({ id }: Person) => ({
        city: id === 'p2' ? null : 'Durban',
        street: id === 'p7' ? null : 'Main',
      }),
    },
  },
};
