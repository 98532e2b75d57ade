import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';
import {
  type AccessPolicy,
  bothPolicies,
  declaredPolicy,
  describePolicy,
  isAsStrictAs,
} from '../shared/graphql/access-policy';
import { fieldPolicy, typePolicy } from '../shared/graphql/enforce-policies';

/** Fields and types that refuse callers whom they answered, and those that answer more callers, one sentence each. */
export interface PolicyChanges {
  stricter: string[];
  looser: string[];
}

/**
 * Compares what each field demands in all: by itself, by the type that it is of and by the type that it returns. Where a
 * type is the cause there is one line for the type, and none for its fields.
 */
export function findPolicyChanges(released: GraphQLSchema, current: GraphQLSchema): PolicyChanges {
  const compared = commonTypes(released, current);
  const types = compared.map(({ before, now }) => ({
    name: before.name,
    before: typePolicy(before),
    now: typePolicy(now),
  }));
  const fields = compared.flatMap((pair) => compareFields(pair, released, current));
  return {
    stricter: inFewestLines(types, fields, isStricter),
    looser: inFewestLines(types, fields, isLooser),
  };
}

interface PolicyChange {
  name: string;
  before: AccessPolicy;
  now: AccessPolicy;
}

interface FieldChange extends PolicyChange {
  /** The field's own policy alone. */
  own: PolicyChange;
  /** The types that add theirs. */
  types: string[];
}

interface TypePair {
  before: GraphQLObjectType;
  now: GraphQLObjectType;
}

const isStricter = ({ before, now }: PolicyChange) => !isAsStrictAs(before, now);
const isLooser = ({ before, now }: PolicyChange) => !isAsStrictAs(now, before);

function commonTypes(released: GraphQLSchema, current: GraphQLSchema): TypePair[] {
  return Object.values(released.getTypeMap()).flatMap((before) => {
    const now = current.getType(before.name);
    return isObjectType(before) && isObjectType(now) ? [{ before, now }] : [];
  });
}

function compareFields(
  { before, now }: TypePair,
  released: GraphQLSchema,
  current: GraphQLSchema,
): FieldChange[] {
  return Object.values(before.getFields()).flatMap((old) => {
    const field = now.getFields()[old.name];
    if (!field) return [];
    const name = `${before.name}.${old.name}`;
    return {
      name,
      before: bothPolicies(typePolicy(before), fieldPolicy(released, before, old.name)),
      now: bothPolicies(typePolicy(now), fieldPolicy(current, now, old.name)),
      own: { name, before: declaredPolicy(old.astNode), now: declaredPolicy(field.astNode) },
      types: [before.name, getNamedType(field.type).name],
    };
  });
}

function inFewestLines(
  types: PolicyChange[],
  fields: FieldChange[],
  changed: (change: PolicyChange) => boolean,
): string[] {
  const affected = fields.filter(changed);
  const causes = types.filter(
    (type) => changed(type) && affected.some((field) => field.types.includes(type.name)),
  );
  const names = new Set(causes.map(({ name }) => name));
  const onTheirOwn = affected.filter(
    (field) => changed(field.own) || !field.types.some((name) => names.has(name)),
  );
  return [...causes, ...onTheirOwn].map(
    ({ name, before, now }) =>
      `${name} needs ${describePolicy(now)}; in the last release it needed ${describePolicy(before)}.`,
  );
}
