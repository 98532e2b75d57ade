import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isObjectType,
  isUnionType,
  OperationTypeNode,
  OverlappingFieldsCanBeMergedRule,
  parse,
  validate,
} from 'graphql';
import { createInputGenerator, type InputGenerator, type Samples } from './input-generator';
import { createRandom, type Random } from './random';

export interface GeneratedDocument {
  text: string;
  variables: Record<string, unknown>;
}

export interface GeneratorOptions {
  operation: OperationTypeNode;
  samples: Samples;
  /** Fields inside of each other. */
  maxDepth: number;
  /** Fields of the document, about. */
  maxFields: number;
  /** Fields that are not asked for, as `Type.field`. */
  leaveOut?: readonly string[];
}

/** Names that other fields have too, and names that every object inherits. */
const ALIASES = ['a', 'b', 'id', 'name', 'title', 'constructor', 'toString', '__proto__', '_entities'];
const INTROSPECTION = [
  '__schema { queryType { name } mutationType { ...on __Type { kind name } } }',
  '__type(name: "Query") { kind fields(includeDeprecated: true) { name type { ofType { name } } } }',
  'meta: __type(name: "NoSuchType") { name }',
];

/**
 * A valid document of the schema, the same for the same seed: aliases that clash, fragments in fragments, conditions
 * on fields and fragments, `__typename` anywhere, introspection beside data, and variables of all kinds.
 */
export function generateDocument(
  schema: GraphQLSchema,
  seed: number,
  options: GeneratorOptions,
): GeneratedDocument {
  // What was put together blindly may ask two things under one name; then the next one is taken.
  for (let attempt = 0; ; attempt += 1) {
    const document = writeDocument(schema, createRandom(seed * 1_000 + attempt), options);
    const parsed = parse(document.text);
    const isMergeable = validate(schema, parsed, [OverlappingFieldsCanBeMergedRule]).length === 0;
    if (isMergeable && validate(schema, parsed).length === 0) return document;
    if (attempt === 999) throw new Error(`No valid document for the seed ${seed}: ${document.text}`);
  }
}

function writeDocument(schema: GraphQLSchema, random: Random, options: GeneratorOptions): GeneratedDocument {
  const rootType = schema.getRootType(options.operation);
  if (!rootType) throw new Error(`The schema has no ${options.operation}`);
  const inputs = createInputGenerator(random, options.samples);
  const writer = createSelectionWriter({ schema, random, inputs, options });
  const selections = writer.write(rootType, 0);
  if (options.operation === OperationTypeNode.QUERY && random.chance(0.08)) {
    selections.push(random.pick(INTROSPECTION));
  }
  const operation = `${options.operation} Generated${inputs.definitions()} { ${selections.join(' ')} }`;
  return { text: [operation, ...writer.fragments].join('\n'), variables: inputs.variables };
}

interface Surroundings {
  schema: GraphQLSchema;
  random: Random;
  inputs: InputGenerator;
  options: GeneratorOptions;
}

function createSelectionWriter({ schema, random, inputs, options }: Surroundings) {
  const fragments: string[] = [];
  const finished: { name: string; type: GraphQLCompositeType }[] = [];
  const givenBefore = new Map<string, string>();
  let written = 0;

  function write(type: GraphQLCompositeType, depth: number): string[] {
    const selections = Array.from({ length: 1 + random.below(depth === 0 ? 3 : 5) }, () =>
      writeOne(type, depth),
    ).filter((selection) => selection !== null);
    return selections.length > 0 ? selections : ['__typename'];
  }

  function writeOne(type: GraphQLCompositeType, depth: number): string | null {
    if (random.chance(0.1)) return `${random.chance(0.3) ? 'kindOf: ' : ''}__typename${directives()}`;
    if (depth < options.maxDepth && random.chance(isUnionType(type) ? 1 : 0.25)) return fragment(type, depth);
    return isUnionType(type) ? null : field(type, depth);
  }

  function field(type: Exclude<GraphQLCompositeType, { getTypes(): unknown }>, depth: number): string | null {
    const isRoom = depth < options.maxDepth && written < options.maxFields;
    const candidates = Object.values(type.getFields()).filter(
      (candidate) =>
        !options.leaveOut?.includes(`${type.name}.${candidate.name}`) &&
        (isRoom || !isCompositeType(getNamedType(candidate.type))),
    );
    if (candidates.length === 0) return null;
    const chosen = random.pick(candidates);
    written += 1;
    const alias = random.chance(0.12) ? `${random.pick(ALIASES)}: ` : '';
    const below = getNamedType(chosen.type);
    const set = isCompositeType(below) ? ` { ${write(below, depth + 1).join(' ')} }` : '';
    const name = `${alias}${chosen.name}`;
    // The same field twice, with other arguments, would be two fields under one name.
    const signature = `${name}(${chosen.args.map((argument) => `${argument.name}: ${argument.type}`)})`;
    const given = givenBefore.get(signature) ?? argumentsOf(chosen);
    givenBefore.set(signature, given);
    return `${name}${given}${directives()}${set}`;
  }

  function argumentsOf({ args }: GraphQLField<unknown, unknown>): string {
    const given = args
      .filter((argument) => isNonNullType(argument.type) || random.chance(0.5))
      .map((argument) => `${argument.name}: ${inputs.write(argument.name, argument.type)}`);
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  }

  function fragment(type: GraphQLCompositeType, depth: number): string {
    const known = finished.filter((candidate) => overlap(candidate.type, type));
    if (known.length > 0 && random.chance(0.3)) return `...${random.pick(known).name}${directives()}`;
    const condition = random.pick(conditionsOn(type));
    const body = `{ ${write(condition, depth + 1).join(' ')} }`;
    if (random.chance(0.5)) {
      const isPlain = condition === type && random.chance(0.3);
      return `...${isPlain ? '' : ` on ${condition.name}`}${directives()} ${body}`;
    }
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${condition.name} ${body}`);
    finished.push({ name, type: condition });
    return `...${name}${directives()}`;
  }

  function directives(): string {
    const condition = () => (random.chance(0.2) ? String(random.chance(0.7)) : inputs.condition());
    const skip = random.chance(0.06) ? ` @skip(if: ${condition()})` : '';
    const include = random.chance(0.06) ? ` @include(if: ${condition()})` : '';
    return skip + include;
  }

  /** Types that a fragment may stand on where `type` is. */
  function conditionsOn(type: GraphQLCompositeType): GraphQLCompositeType[] {
    return Object.values(schema.getTypeMap()).filter(
      (other): other is GraphQLCompositeType =>
        isCompositeType(other) && !other.name.startsWith('__') && overlap(other, type),
    );
  }

  function overlap(one: GraphQLCompositeType, other: GraphQLCompositeType): boolean {
    const kinds = new Set(kindsOf(one));
    return kindsOf(other).some((kind) => kinds.has(kind));
  }

  function kindsOf(type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    if (isAbstractType(type)) return schema.getPossibleTypes(type);
    return isObjectType(type) ? [type] : [];
  }

  return { write, fragments };
}
