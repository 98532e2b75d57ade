import type { FetchNode } from '@apollo/query-planner';
import { GraphQLError } from 'graphql';
import { deprecatedUsesIn } from '../../shared/subgraph/deprecated-use';
import type { SubgraphResponse } from '../../shared/subgraph/transport';
import { refusal } from '../limits/refusal';
import { type AnswerPath, objectsAt } from './answer-path';
import { assertEntities, entitiesOf } from './answered-entities';
import { compileRewrites } from './data-rewrites';
import { batchEntities } from './entity-batch';
import { type PlaceError, placeOfEntities, placeOfRootFields } from './error-places';
import type { Execution, PlanSurroundings, Step, Variables } from './execution';
import { mergeIntoEach, typenameOf } from './graph-object';
import { compileRepresentation } from './representations';
import { errorOfSubgraph } from './subgraph-errors';

/** The variable of fetches of entities, as the planner names it. */
const REPRESENTATIONS = 'representations';

/** The errors of one subgraph's answer that are told at most; the answer says how many more there were. */
const MAX_ERRORS = 500;

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

  return async (execution) => {
    const objects = objectsAt(execution.data, path);
    if (objects.length === 0) return;
    const data = await ask(execution, {
      variables: usedVariables(node, execution.sentVariables),
      placeError: placeOfRootFields(execution.data, path),
    });
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
  if (node.variableUsages?.includes(REPRESENTATIONS)) throw refuseVariableOfOurs();
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
    variables[REPRESENTATIONS] = batch.map(({ representation }) => representation);

    const data = await ask(execution, {
      variables,
      placeError: placeOfEntities(execution.data, path, batch),
      assertAnswer: (response) => assertEntities(response, batch.length),
    });
    if (!data) return;
    const answered = entitiesOf(data);
    batch.forEach(({ entities }, index) => {
      const received = answered[index];
      if (!received) return;
      rewriteEntity(received);
      mergeIntoEach(entities, received);
    });
  };
}

/** A caller may name a variable so where no entity is asked for with it. */
function refuseVariableOfOurs(): GraphQLError {
  const message = `The gateway has a variable $${REPRESENTATIONS} of its own; give yours another name`;
  return refusal('BAD_USER_INPUT', message);
}

interface Question {
  variables: Variables;
  placeError: PlaceError;
  /** Throws for an answer that is none to this question. */
  assertAnswer?: (response: SubgraphResponse) => void;
}

type Ask = (execution: Execution, question: Question) => Promise<SubgraphResponse['data']>;

function compileAsk(node: FetchNode, { sources }: PlanSurroundings): Ask {
  const { serviceName, operation: query, operationName } = node;
  const source = sources.get(serviceName);
  if (!source) throw new Error(`The plan asks "${serviceName}", to which there is no way`);
  return async (execution, { variables, placeError, assertAnswer }) => {
    const request = { query, variables, operationName };
    const response = await source.ask(request, execution.call, assertAnswer);
    const { data, extensions } = response;
    // Some servers say `null` where there are none.
    const errors = response.errors ?? [];
    if (extensions) execution.deprecatedUses.push(...deprecatedUsesIn(extensions));
    execution.errorsLeftOut += Math.max(0, errors.length - MAX_ERRORS);
    for (const error of errors.slice(0, MAX_ERRORS)) {
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

function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
