import type { TestSubgraph } from './test-graph';

interface Work {
  __typename: 'Book' | 'Film';
  id: string;
  title: string | null;
  label: string | null;
  [field: string]: unknown;
}

const works: Work[] = Array.from({ length: 8 }, (_, index) => {
  const id = `m${index + 1}`;
  const isBook = index % 2 === 0;
  return {
    __typename: isBook ? 'Book' : 'Film',
    id,
    // The schema promises a title.
    title: id === 'm7' ? null : `Title ${id}`,
    label: isBook || id === 'm2' ? `label of ${id}` : null,
    grid: id === 'm3' ? null : [[1, index], [], id === 'm4' ? null : [7]],
    weight: id === 'm5' ? null : index * 10,
    isbn: `isbn-${index}`,
    pages: index === 4 ? null : index * 100,
    minutes: index * 7,
    author: { __typename: 'Person', id: `p${(index % 7) + 1}` },
    director: index === 3 ? null : { __typename: 'Person', id: `p${((index + 2) % 7) + 1}` },
  };
});

const find = (id: unknown) => works.find((work) => work.id === id) ?? null;
const sequelOf = ({ id }: { id: string }) => find(`m${Number(id.slice(1)) + 2}`);

/** Works: an interface that is an entity, a union, lists of lists, arguments of all kinds. */
export const catalog: TestSubgraph = {
  sdl: `
    type Query {
      media(id: ID!): Media
      book(id: ID!): Book!
      allMedia(kind: Kind = BOOK, ids: [ID!]): [Media]!
      shelves: [[Media]]
      search(text: String!): [Found!]!
      echo(filter: Filter, kinds: [Kind!], matrix: [[Int]], n: Int = 3, flag: Boolean, ratio: Float): String
    }
    interface Media @key(fields: "id") {
      id: ID!
      title: String!
      label: String
      grid: [[Int!]]
      sequel: Media
      weight: Int
    }
    type Book implements Media @key(fields: "id") {
      id: ID!
      title: String!
      label: String! @shareable
      grid: [[Int!]]
      sequel: Book
      weight: Int
      isbn: String!
      pages: Int
      author: Person!
    }
    type Film implements Media @key(fields: "id") {
      id: ID!
      title: String!
      label: String
      grid: [[Int!]]
      sequel: Film
      weight: Int
      minutes: Int!
      director: Person
    }
    union Found = Book | Film | Person
    type Person @key(fields: "id") { id: ID! works: [Media!] }
    enum Kind { BOOK FILM }
    input Filter { text: String! = "any" kind: Kind ids: [ID!] nested: Filter }
  `,
  resolvers: {
    Query: {
      media: (_: unknown, { id }: { id: string }) => find(id),
      book: (_: unknown, { id }: { id: string }) => {
        const work = find(id);
        return work?.__typename === 'Book' ? work : null;
      },
      allMedia: (_: unknown, { kind, ids }: { kind: string | null; ids?: string[] | null }) =>
        ids
          ? ids.map(find)
          : works.filter(({ __typename }) => kind === null || __typename.toUpperCase() === kind),
      shelves: () => [works.slice(0, 3), [], null, [works[3], null, works[4], works[3]]],
      search: () => [
        works[0],
        works[1],
        { __typename: 'Person', id: 'p2' },
        { __typename: 'Person', id: 'p6' },
        works[2],
      ],
      echo: (_: unknown, given: object) => JSON.stringify(given),
    },
    Media: { __resolveReference: ({ id }: { id: string }) => find(id) },
    Book: { __resolveReference: ({ id }: { id: string }) => find(id), sequel: sequelOf },
    Film: { __resolveReference: ({ id }: { id: string }) => find(id), sequel: sequelOf },
    Person: {
      works: ({ id }: { id: string }) =>
        works.filter(({ author }) => (author as { id: string }).id === id).concat(works.slice(0, 1)),
    },
  },
};
