import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  type TypeDefinitionNode,
  visit,
} from 'graphql';
import { policyDirectives } from '../shared/graphql/access-policy';
import type { Composition } from './compose-supergraph';

/**
 * What a release promises its callers: the schema as clients see it, with the access policies at their places, in the
 * order of the names so that a release differs from the last one only where the graph does.
 */
export function publishedSchema({ apiSchema, supergraphSdl }: Composition): string {
  const policies = collectPolicies(parse(supergraphSdl));
  let typeName = '';
  const enterType = (node: TypeDefinitionNode) => {
    typeName = node.name.value;
    return { ...node, directives: [...(node.directives ?? []), ...(policies.get(typeName) ?? [])] };
  };
  const document = visit(parse(printSchema(lexicographicSortSchema(apiSchema))), {
    ObjectTypeDefinition: { enter: enterType },
    InterfaceTypeDefinition: { enter: enterType },
    ScalarTypeDefinition: { enter: enterType },
    EnumTypeDefinition: { enter: enterType },
    FieldDefinition: (node: FieldDefinitionNode) => ({
      ...node,
      directives: [...(node.directives ?? []), ...(policies.get(`${typeName}.${node.name.value}`) ?? [])],
    }),
  });
  return `${print(document)}\n`;
}

/** The policy directives of a schema by `Type` and `Type.field`. */
function collectPolicies(document: DocumentNode): Map<string, ConstDirectiveNode[]> {
  const policies = new Map<string, ConstDirectiveNode[]>();
  const collect = (name: string, directives: readonly ConstDirectiveNode[] = []) => {
    const found = directives.filter((directive) => policyDirectives.includes(directive.name.value));
    if (found.length > 0) policies.set(name, found);
  };
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const typeName = definition.name.value;
    if ('directives' in definition) collect(typeName, definition.directives as ConstDirectiveNode[]);
    if (
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION
    ) {
      for (const field of definition.fields ?? [])
        collect(`${typeName}.${field.name.value}`, field.directives);
    }
  }
  return policies;
}
