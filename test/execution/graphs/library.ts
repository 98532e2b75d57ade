import type { Samples } from '../input-generator';
import { catalog } from './library-catalog';
import { peopleSubgraph } from './library-people';
import { reviewsSubgraph } from './library-reviews';
import { prices, shelves } from './library-shelves';
import { type ComposedGraph, composeTestGraph } from './test-graph';

export const librarySubgraphs = ['catalog', 'people', 'reviews', 'shelves', 'prices'] as const;

/** A graph with what federation offers and the product's own graph does not use yet. */
export function composeLibrary(): ComposedGraph {
  return composeTestGraph({ catalog, people: peopleSubgraph, reviews: reviewsSubgraph, shelves, prices });
}

export const librarySamples: Samples = {
  id: ['m1', 'm2', 'm3', 'm4', 'm7', 'p1', 'p3', 'p5', 'p6', 'r1', 'r6', 'nothing'],
  ids: ['m1', 'm2', 'm2', 'm7', 'nothing'],
  mediaId: ['m1', 'm2', 'm5'],
  min: [0, 2, 3],
  count: [0, 1, 4],
  Int: [0, 1, -5, 2_147_483_647],
  Float: [0.5, -2, 1e10],
  Boolean: [true, false],
  String: ['', 'a "quoted" text', 'naïve ✓'],
  ID: ['m1', 'm3'],
};
