import type { FetchNode } from '@apollo/query-planner';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { deprecatedUsesIn } from '../../shared/subgraph/deprecated-use';
import type { SubgraphResponse } from '../../shared/subgraph/transport';
import { type AnswerPath, objectsAt, placesAt } from './answer-path';
import { compileRewrites } from './data-rewrites';
import { type BatchEntry, batchEntities } from './entity-batch';
import type { Execution, PlanSurroundings, Step, Variables } from './execution';
import { type GraphObject, isGraphObject, mergeIntoEach, typenameOf } from './graph-object';
import { compileRepresentation } from './representations';
import { errorOfSubgraph } from './subgraph-errors';

/** The errors of one answer that are repeated for each entity that it stands for, at most. */
const MAX_REPEATED_ERRORS = 500;

type Place = readonly (string | number)[];
type PlaceError = (error: GraphQLFormattedError) => (Place | undefined)[];

/** Compiles one fetch, for the objects at `path`. What goes wrong in it becomes an error and costs its own data. */
export function compileFetch(node: FetchNode, path: AnswerPath, surroundings: PlanSurroundings): Step {
  const fetch = node.requires
    ? compileEntityFetch(node, node.requires, path, surroundings)
    : compileRootFetch(node, path, surroundings);
  return async (execution) => {
    try {
      await fetch(execution);
    } catch (error) {
      execution.errors.push(asGraphQLError(error));
    }
  };
}

function compileRootFetch(node: FetchNode, path: AnswerPath, surroundings: PlanSurroundings): Step {
  const ask = compileAsk(node, surroundings);
  const rewrite = compileRewrites(surroundings.supergraph, node.outputRewrites);
  const placeError: PlaceError = ({ path: inAnswer }) => [inAnswer && [...path, ...inAnswer]];

  return async (execution) => {
    const objects = objectsAt(execution.data, path);
    if (objects.length === 0) return;
    const data = await ask(execution, usedVariables(node, execution.sentVariables), placeError);
    if (!data) return;
    rewrite(data);
    mergeIntoEach(objects, data);
  };
}

function compileEntityFetch(
  node: FetchNode,
  requires: NonNullable<FetchNode['requires']>,
  path: AnswerPath,
  surroundings: PlanSurroundings,
): Step {
  const { supergraph } = surroundings;
  const ask = compileAsk(node, surroundings);
  const represent = compileRepresentation(supergraph, requires);
  const rewriteRepresentation = compileRewrites(supergraph, node.inputRewrites);
  const rewriteEntity = compileRewrites(supergraph, node.outputRewrites);

  return async (execution) => {
    const batch = batchEntities(objectsAt(execution.data, path), (entity) => {
      const representation = represent(entity);
      if (representation && typenameOf(representation) !== undefined) rewriteRepresentation(representation);
      return representation;
    });
    if (batch.length === 0) return;
    const variables = usedVariables(node, execution.sentVariables);
    if ('representations' in variables) throw new Error('A variable is named "representations"');
    variables['representations'] = batch.map(({ representation }) => representation);

    const data = await ask(execution, variables, placeOfEntities(execution, path, batch));
    if (!data) return;
    const answered = entitiesOf(data, batch.length);
    batch.forEach(({ entities }, index) => {
      const received = answered[index];
      if (!isGraphObject(received)) return;
      rewriteEntity(received);
      mergeIntoEach(entities, received);
    });
  };
}

type Ask = (
  execution: Execution,
  variables: Variables,
  placeError: PlaceError,
) => Promise<SubgraphResponse['data']>;

function compileAsk(node: FetchNode, { sources }: PlanSurroundings): Ask {
  const { serviceName, operation: query, operationName } = node;
  const source = sources.get(serviceName);
  if (!source) throw new Error(`The plan asks "${serviceName}", to which there is no way`);
  return async (execution, variables, placeError) => {
    const { data, errors, extensions } = await source.ask(
      { query, variables, operationName },
      execution.call,
    );
    if (extensions) execution.deprecatedUses.push(...deprecatedUsesIn(extensions));
    for (const error of errors ?? []) {
      for (const place of placeError(error)) {
        execution.errors.push(errorOfSubgraph(error, serviceName, place));
      }
    }
    return data;
  };
}

function usedVariables({ variableUsages = [] }: FetchNode, sent: Variables): Record<string, unknown> {
  const used: Record<string, unknown> = {};
  for (const name of variableUsages) {
    if (Object.hasOwn(sent, name) && sent[name] !== undefined) used[name] = sent[name];
  }
  return used;
}

/** An error below `_entities` is about one representation, and so about each entity that it was sent for. */
function placeOfEntities(execution: Execution, path: AnswerPath, batch: BatchEntry[]): PlaceError {
  let places: Place[] | undefined;
  let repeated = 0;
  return ({ path: inAnswer }) => {
    const index = inAnswer?.[1];
    if (typeof index !== 'number') return [inAnswer && [...path, ...inAnswer]];
    places ??= placesAt(execution.data, path);
    const below = inAnswer?.slice(2) ?? [];
    const [first, ...others] = (batch[index]?.positions ?? []).map((at) => [
      ...(places?.[at] ?? []),
      ...below,
    ]);
    const repetitions = others.slice(0, MAX_REPEATED_ERRORS - repeated);
    repeated += repetitions.length;
    return [first ?? below, ...repetitions];
  };
}

function entitiesOf(data: GraphObject, expected: number): unknown[] {
  const entities = data['_entities'];
  if (!Array.isArray(entities) || entities.length !== expected) {
    throw new Error(`Expected "data._entities" to contain ${expected} elements`);
  }
  return entities;
}

function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
