import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import type { AnswerPath } from './answer-path';
import type { PlanSurroundings, Step } from './execution';
import { compileFetch } from './fetch';

const nothing: Step = async () => undefined;

/** Makes of Apollo's query plan one function that runs it, so that nothing of the plan is looked at for a request. */
export function compilePlan({ node }: QueryPlan, surroundings: PlanSurroundings): Step {
  if (node?.kind === 'Subscription') throw new Error('Subscriptions are not offered');
  return node ? compileNode(node, [], surroundings) : nothing;
}

function compileNode(node: PlanNode, path: AnswerPath, surroundings: PlanSurroundings): Step {
  switch (node.kind) {
    case 'Fetch':
      return compileFetch(node, path, surroundings);
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path], surroundings);
    case 'Sequence': {
      const steps = node.nodes.map((child) => compileNode(child, path, surroundings));
      return async (execution) => {
        for (const step of steps) await step(execution);
      };
    }
    case 'Parallel': {
      const steps = node.nodes.map((child) => compileNode(child, path, surroundings));
      return async (execution) => {
        await Promise.all(steps.map((step) => step(execution)));
      };
    }
    case 'Condition': {
      const { condition } = node;
      const whenTrue = node.ifClause ? compileNode(node.ifClause, path, surroundings) : nothing;
      const whenFalse = node.elseClause ? compileNode(node.elseClause, path, surroundings) : nothing;
      return (execution) => (execution.variables[condition] === true ? whenTrue : whenFalse)(execution);
    }
    case 'Defer':
      throw new Error('@defer is not offered');
  }
}
