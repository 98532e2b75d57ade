import { GraphQLError } from 'graphql';
import type { SubgraphCall } from '../../../shared/subgraph/transport';
import type { TestSubgraph } from './test-graph';

interface Review {
  id: string;
  text: string;
  stars: number | null;
  mediaId: string;
  authorId: string | null;
}

const reviews: Review[] = Array.from({ length: 12 }, (_, index) => ({
  id: `r${index + 1}`,
  text: `Review ${index + 1}`,
  stars: index === 5 ? null : index % 5,
  mediaId: `m${(index % 6) + 1}`,
  authorId: index === 7 ? null : `p${(index % 7) + 1}`,
}));

/** How many mutations of the call came before, so that an answer tells in which order they ran. */
const asked = new WeakMap<SubgraphCall, number>();

function countFor(call: SubgraphCall): number {
  const count = (asked.get(call) ?? 0) + 1;
  asked.set(call, count);
  return count;
}

/** Reviews: all media as one object, fields provided and overridden, mutations. */
export const reviewsSubgraph: TestSubgraph = {
  sdl: `
    type Query {
      review(id: ID!): Review
      topReviews(count: Int! = 2): [Review]
      shop: Shop @shareable
      rooms: [Room]! @shareable
    }
    type Shop { reviewCount: Int! bestReview: Review }
    type Room { size: Float shop: Shop @shareable }
    type Mutation {
      addReview(mediaId: ID!, text: String): Review!
      failReview(reason: String! = "none"): Review
      requireReview: Review!
    }
    type Media @key(fields: "id") @interfaceObject {
      id: ID!
      reviews(min: Int = 0): [Review!]!
      rating: Float
      topReview: Review
    }
    type Review @key(fields: "id") {
      id: ID!
      text: String!
      stars: Int
      author: Person @provides(fields: "name")
      subject: Media!
    }
    type Person @key(fields: "id") {
      id: ID!
      name: String! @external
      nickname: String @override(from: "people")
      reviews: [Review]
    }
  `,
  resolvers: {
    Query: {
      review: (_: unknown, { id }: { id: string }) => reviews.find((review) => review.id === id) ?? null,
      topReviews: (_: unknown, { count }: { count: number }) => [...reviews.slice(0, count), null],
      shop: () => ({ reviewCount: reviews.length, bestReview: reviews[3] }),
      rooms: () => [{ size: 1.5, shop: { reviewCount: 1 } }, null, { size: null, shop: null }],
    },
    Mutation: {
      addReview: (_: unknown, { mediaId, text }: { mediaId: string; text?: string }, call: SubgraphCall) => ({
        id: 'r1',
        text: `${text} is number ${countFor(call)}`,
        mediaId,
        authorId: 'p2',
      }),
      failReview(_: unknown, { reason }: { reason: string }, call: SubgraphCall) {
        throw new GraphQLError(`${reason} at number ${countFor(call)}`, { extensions: { code: 'CONFLICT' } });
      },
      requireReview: () => null,
    },
    Media: {
      __resolveReference: ({ id }: { id: string }) => (id === 'm6' ? null : { id }),
      reviews: ({ id }: { id: string }, { min }: { min: number | null }) =>
        reviews.filter(({ mediaId, stars }) => mediaId === id && (stars ?? 9) >= (min ?? 0)),
      rating({ id }: { id: string }) {
        if (id === 'm2') throw new GraphQLError('no rating', { extensions: { code: 'INVALID_GRAPHQL' } });
        return Number(id.slice(1)) / 4;
      },
      topReview: ({ id }: { id: string }) => reviews.find(({ mediaId }) => mediaId === id) ?? null,
    },
    Review: {
      __resolveReference: ({ id }: { id: string }) => reviews.find((review) => review.id === id) ?? null,
      author: ({ authorId }: Review) => authorId && { id: authorId, name: `Person ${authorId.slice(1)}` },
      subject: ({ mediaId }: Review) => ({ id: mediaId }),
    },
    Person: {
      nickname: ({ id }: { id: string }) => (id === 'p1' ? null : `nick ${id}`),
      reviews: ({ id }: { id: string }) => reviews.filter(({ authorId }) => authorId === id),
    },
  },
};
