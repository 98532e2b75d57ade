import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { CodedError } from '../errors/coded-error';
import { isScope, type Scope } from '../identity/policy';
import type { Viewer } from '../identity/viewer';
import { type AccessPolicy, bothPolicies, declaredPolicy, describePolicy } from './access-policy';

interface CallContext {
  viewer: Viewer;
}

type Guard = (viewer: Viewer) => CodedError | null;
type ReferenceResolver = (reference: object, context: CallContext, info: unknown) => unknown;

/**
 * Puts the SDL's `@authenticated` and `@requiresScopes` before the resolvers of a subgraph's schema, in place. A field
 * is guarded by its own policy and that of the type it returns, an entity's reference by the type's, so that no way leads around
 * it. Whoever is refused gets `UNAUTHENTICATED` or `FORBIDDEN` and the resolver does not run.
 * Throws for a scope that is not one of `shared/identity/policy.ts`.
 */
export function enforcePolicies(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const guard = createGuard(`${type.name}.${field.name}`, fieldPolicy(schema, type, field.name));
      if (guard) field.resolve = guarded(guard, field.resolve ?? defaultFieldResolver);
    }
    guardReference(type);
  }
  return schema;
}

/** What a caller must hold to be answered a field: its own policy, that of the type it returns, and that of a root type. */
export function fieldPolicy(schema: GraphQLSchema, type: GraphQLObjectType, fieldName: string): AccessPolicy {
  const field = type.getFields()[fieldName];
  if (!field) throw new Error(`${type.name} has no field "${fieldName}"`);
  // `_entities` answers any entity; each is guarded where its reference is resolved.
  if (field.name === '_entities') return null;
  const returned = getNamedType(field.type);
  // Which of its types an interface answers is known too late to refuse, so it takes what all of them demand.
  const possible = isAbstractType(returned) ? schema.getPossibleTypes(returned) : [];
  const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
  const own = isRoot ? typePolicy(type) : null;
  return bothPolicies(own, declaredPolicy(field.astNode), ...[returned, ...possible].map(typePolicy));
}

/** The policy that stands on a type itself. */
export function typePolicy(type: GraphQLNamedType): AccessPolicy {
  return declaredPolicy(type.astNode, ...type.extensionASTNodes);
}

function guarded(
  guard: Guard,
  resolve: GraphQLFieldResolver<unknown, CallContext>,
): GraphQLFieldResolver<unknown, CallContext> {
  return (source, args, context, info) => {
    const refusal = guard(context.viewer);
    if (refusal) throw refusal;
    return resolve(source, args, context, info);
  };
}

/** `@apollo/subgraph` keeps a type's `__resolveReference` here, and answers the reference itself where there is none. */
function guardReference(type: GraphQLObjectType): void {
  const guard = createGuard(type.name, typePolicy(type));
  if (!guard) return;
  const apollo = type.extensions['apollo'] as
    | { subgraph?: { resolveReference?: ReferenceResolver } }
    | undefined;
  const resolve = apollo?.subgraph?.resolveReference ?? ((reference: object) => reference);
  const resolveReference: ReferenceResolver = (reference, context, info) => {
    const refusal = guard(context.viewer);
    // A throw here would take the other references of the operation along.
    return refusal ? Promise.reject(refusal) : resolve(reference, context, info);
  };
  type.extensions = {
    ...type.extensions,
    apollo: { ...apollo, subgraph: { ...apollo?.subgraph, resolveReference } },
  };
}

function createGuard(name: string, policy: AccessPolicy): Guard | null {
  if (policy === null) return null;
  const alternatives = policy.map((scopes) => scopes.map((scope) => knownScope(name, scope)));
  const needed = describePolicy(policy);
  return (viewer) => {
    if (viewer.kind === 'anonymous') return new CodedError('UNAUTHENTICATED', `${name} needs a token`);
    if (alternatives.some((scopes) => scopes.every((scope) => viewer.scopes.has(scope)))) return null;
    return new CodedError('FORBIDDEN', `${name} needs ${needed}`);
  };
}

function knownScope(name: string, scope: string): Scope {
  if (isScope(scope)) return scope;
  throw new Error(`${name} requires the scope "${scope}", which shared/identity/policy.ts does not have`);
}
