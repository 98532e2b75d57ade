import type { DocumentNode, GraphQLError } from 'graphql';
import type { ErrorCode } from '../../shared/errors/catalogue';
import type { Limits } from '../../shared/limit-settings';
import { type DocumentSize, measureDocument } from './measure-document';
import { refusal } from './refusal';

const MAX_PUBLIC_MUTATIONS = 1;

/** The refusal of a document that breaks a limit of its structure, the first in this order; `null` when it breaks none. */
export function refuseLargeDocument(document: DocumentNode, limits: Limits): GraphQLError | null {
  const size = measureDocument(document);
  const rules: [ErrorCode, keyof DocumentSize, number, string][] = [
    ['MAX_DEPTH_LIMIT', 'depth', limits.depth, 'fields inside of each other'],
    ['MAX_ALIASES_LIMIT', 'aliases', limits.aliases, 'aliases'],
    ['MAX_ROOT_FIELDS_LIMIT', 'rootFields', limits.rootFields, 'fields at the top'],
    ['MAX_DIRECTIVES_LIMIT', 'directives', limits.directives, 'directives'],
    ['MAX_RECURSIVE_SELECTIONS_EXCEEDED', 'selections', limits.selections, 'fields in all its fragments'],
    ['MAX_PUBLIC_MUTATIONS_LIMIT', 'publicMutations', MAX_PUBLIC_MUTATIONS, 'public mutation'],
  ];
  const broken = rules.find(([, measure, limit]) => size[measure] > limit);
  if (!broken) return null;
  const [code, measure, limit, what] = broken;
  const value = size[measure];
  return refusal(code, `An operation may have ${limit} ${what} at most; this one has ${value}`, {
    limit,
    value,
  });
}
