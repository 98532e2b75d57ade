import { type ConstDirectiveNode, type ListValueNode, valueFromASTUntyped } from 'graphql';

/**
 * Who may pass, as the SDL says it: sets of scopes, one of which a viewer must hold in full. An empty set stands for
 * whoever is signed in; `null` is no policy, which anyone passes. Source: the federation specification's
 * `@authenticated` and `@requiresScopes`.
 */
export type AccessPolicy = readonly (readonly string[])[] | null;

export const policyDirectives: readonly string[] = ['authenticated', 'requiresScopes'];

/** A definition of the SDL that may carry a policy, or an extension of one. */
export interface PolicyHolder {
  readonly directives?: readonly ConstDirectiveNode[];
}

/** What the directives on a type or a field demand, over its definition and all its extensions. */
export function declaredPolicy(...nodes: (PolicyHolder | null | undefined)[]): AccessPolicy {
  const directives = nodes.flatMap((node) => node?.directives ?? []);
  return bothPolicies(...directives.map(policyOfDirective));
}

/** The policy that demands all of the given ones, in the fewest words. */
export function bothPolicies(...policies: AccessPolicy[]): AccessPolicy {
  let both: AccessPolicy = null;
  for (const policy of policies)
    both = both === null || policy === null ? (both ?? policy) : join(both, policy);
  return both;
}

/** Whether whoever passes `policy` passes `other` too. */
export function isAsStrictAs(policy: AccessPolicy, other: AccessPolicy): boolean {
  if (other === null) return true;
  return policy?.every((held) => other.some((needed) => includesAll(held, needed))) ?? false;
}

/** The policy in words: `the scopes crm:read and registry:read`. */
export function describePolicy(policy: AccessPolicy): string {
  if (policy === null) return 'nothing';
  if (policy.length === 0) return 'what nobody has';
  if (policy.some((scopes) => scopes.length === 0)) return 'a token';
  const several = policy.some((scopes) => scopes.length > 1);
  return `the scope${several ? 's' : ''} ${policy.map((scopes) => scopes.join(' and ')).join(', or ')}`;
}

function policyOfDirective(directive: ConstDirectiveNode): AccessPolicy {
  if (directive.name.value === 'authenticated') return [[]];
  if (directive.name.value !== 'requiresScopes') return null;
  const scopes = directive.arguments?.find((argument) => argument.name.value === 'scopes')?.value;
  // The directive's definition, against which the SDL was validated, makes it a list of lists of texts.
  return valueFromASTUntyped(scopes as ListValueNode) as string[][];
}

function join(one: readonly (readonly string[])[], other: readonly (readonly string[])[]): AccessPolicy {
  const pairs = one.flatMap((left) => other.map((right) => [...new Set([...left, ...right])].sort()));
  return pairs.filter(
    (scopes, index) =>
      !pairs.some(
        (fewer, at) =>
          at !== index && includesAll(scopes, fewer) && (fewer.length < scopes.length || at < index),
      ),
  );
}

function includesAll(scopes: readonly string[], needed: readonly string[]): boolean {
  return needed.every((scope) => scopes.includes(scope));
}
